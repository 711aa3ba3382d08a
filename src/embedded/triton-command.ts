import {existsSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {hasNvidiaGpu} from './machine/platform.ts';
import {SetupError} from './machine/setup-error.ts';
import type {TritonPorts} from './process/ports.ts';
import type {TritonDistribution} from './triton-distribution.ts';

/** What a Triton command line is made of. */
export interface TritonCommandOptions {
	readonly distribution: TritonDistribution;
	readonly modelRepository: string;
	readonly models: readonly string[];
	readonly ports: TritonPorts;
	readonly shmPrefix: string;
	/** How long sequences may go on after SIGTERM. In seconds. */
	readonly exitTimeoutSeconds: number;
}

// Room for the tensors of a full batch without growing the region while requests wait.
const shmBytes = 16 * 1024 * 1024;

/**
 * Names of the models in a repository: its folders that hold a config.pbtxt.
 * @throws {SetupError} there are none
 */
export async function findModels(modelRepository: string): Promise<readonly string[]> {
	const entries = await readdir(modelRepository).catch(() => []);
	const models = entries.filter(name => existsSync(join(modelRepository, name, 'config.pbtxt')));
	if (models.length > 0) {
		return models.sort();
	}
	throw new SetupError(
		`model repository ${modelRepository}: expected folders with a config.pbtxt, found none`,
	);
}

/** The command line of a Triton that listens on loopback only and loads just the given models. */
export function tritonCommand(options: TritonCommandOptions): readonly string[] {
	const {distribution, ports, models} = options;
	const frontends = (['grpc', 'http', 'metrics'] as const).flatMap(name => [
		`--${name}-address=127.0.0.1`,
		`--${name}-port=${ports[name]}`,
	]);
	return [
		distribution.server,
		...frontends,
		`--model-repository=${options.modelRepository}`,
		'--model-control-mode=explicit',
		...models.map(name => `--load-model=${name}`),
		`--backend-directory=${distribution.backendDirectory}`,
		`--cache-directory=${distribution.cacheLibraryDirectory}`,
		// The configuration is complete; completing it would import the model a second time.
		'--disable-auto-complete-config',
		`--backend-config=python,shm-region-prefix-name=${options.shmPrefix}`,
		`--backend-config=python,shm-default-byte-size=${shmBytes}`,
		// The client pings every ten seconds; without these the server would hang up on it for that.
		'--grpc-http2-min-recv-ping-interval-without-data=5000',
		'--grpc-http2-max-pings-without-data=0',
		`--allow-gpu-metrics=${hasNvidiaGpu()}`,
		`--exit-timeout-secs=${options.exitTimeoutSeconds}`,
		'--log-verbose=0',
	];
}
