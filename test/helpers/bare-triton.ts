import {open} from 'node:fs/promises';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {createInstanceFiles} from '../../src/embedded/instance-files.ts';
import {defaultCacheDirectory, repositoryRoot} from '../../src/embedded/machine/paths.ts';
import {waitUntilReady} from '../../src/embedded/model-readiness.ts';
import {findFreePorts} from '../../src/embedded/process/ports.ts';
import {processesMentioning} from '../../src/embedded/process/process-table.ts';
import {supervise} from '../../src/embedded/process/supervised-process.ts';
import {ensurePythonEnvironment} from '../../src/embedded/python/python-environment.ts';
import {tritonCommand} from '../../src/embedded/triton-command.ts';
import {ensureTritonDistribution} from '../../src/embedded/triton-distribution.ts';
import {askRepository} from './proxied-triton.ts';
import {commandLine} from './real-triton.ts';

/** A Triton that nobody watches: it stays as it is when its model's process ends. */
export interface BareTriton {
	/** `host:port` of its gRPC port. */
	readonly address: string;
	readonly modelDirectory: string;
	/** Kills the process of its model. */
	killModel(): void;
	/** Loads its model or unloads it while it runs. */
	repository(action: 'load' | 'unload'): Promise<void>;
}

const exitTimeoutSeconds = 2;

/** Starts one with the project's model repository; stopped with the test. */
export async function startBareTriton(
	t: Pick<ExecutionContext, 'teardown'>,
	modelDirectory: string,
): Promise<BareTriton> {
	const shared = {cacheDirectory: defaultCacheDirectory(), onProgress: () => {}};
	const environment = await ensurePythonEnvironment(shared);
	const distribution = await ensureTritonDistribution(environment);
	const ports = await findFreePorts();
	const {logFile, temporaryDirectory, ...files} = await createInstanceFiles(shared.cacheDirectory);
	const {shmPrefix} = files;
	const modelRepository = join(repositoryRoot, 'triton-models');
	const served = {distribution, modelRepository, models: ['verifier'], ports, shmPrefix};
	const modelEnvironment = {
		REDRAFT_MODEL: 'qwen2.5-coder',
		REDRAFT_ADAPTER_DIR: 'none',
		REDRAFT_MODEL_DIR: modelDirectory,
	};
	const log = await open(logFile, 'w');
	const running = await supervise({
		...files,
		python: environment.python,
		command: tritonCommand({...served, exitTimeoutSeconds}),
		env: {...distribution.env, ...modelEnvironment, TMPDIR: temporaryDirectory},
		output: log.fd,
		graceMs: 2000 * exitTimeoutSeconds,
	});
	t.teardown(() => running.stop());
	await log.close();
	await untilReady(ports.http);
	return {
		address: `127.0.0.1:${ports.grpc}`,
		modelDirectory,
		killModel: () => process.kill(modelProcess(shmPrefix), 'SIGKILL'),
		repository: action => askRepository(ports.http, action),
	};
}

async function untilReady(port: number): Promise<void> {
	const httpAddress = `127.0.0.1:${port}`;
	const [timeoutMs, signal] = [600_000, new AbortController().signal];
	if (!(await waitUntilReady({httpAddress, models: ['verifier'], timeoutMs, onWait: () => {}, signal}))) {
		throw new Error(`Triton at ${httpAddress}: expected its model to be ready within ${timeoutMs} ms`);
	}
}

function modelProcess(shmPrefix: string): number {
	const isModel = (pid: number) => commandLine(pid)[0]!.endsWith('/triton_python_backend_stub');
	return processesMentioning(shmPrefix).find(isModel)!;
}
