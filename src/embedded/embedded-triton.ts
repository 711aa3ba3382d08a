import {open} from 'node:fs/promises';
import {createInstanceFiles, type InstanceFiles, readTail} from './instance-files.ts';
import {type OnProgress, TritonStartError} from './machine/setup-error.ts';
import {waitForMetrics, waitUntilReady} from './model-readiness.ts';
import {endLeftovers} from './process/leftovers.ts';
import {findFreePorts, type TritonPorts} from './process/ports.ts';
import {type SupervisedProcess, supervise} from './process/supervised-process.ts';
import type {PythonEnvironment} from './python/python-environment.ts';
import {type EmbeddedTriton, RunningTriton} from './running-triton.ts';
import {findModels, tritonCommand} from './triton-command.ts';
import type {TritonDistribution} from './triton-distribution.ts';

/** How an embedded Triton is started. */
export interface EmbeddedTritonOptions {
	readonly environment: PythonEnvironment;
	readonly distribution: TritonDistribution;
	/** Folder of models; those of its folders that hold a config.pbtxt are loaded. */
	readonly modelRepository: string;
	/** Environment variables for the models, such as `REDRAFT_MODEL_DIR`. */
	readonly modelEnvironment: Readonly<Record<string, string>>;
	/** Root of the cache; holds the logs and the records of running instances. */
	readonly cacheDirectory: string;
	readonly onProgress: OnProgress;
	readonly signal?: AbortSignal | undefined;
	/** Longest time until every model is ready. @default 600_000 */
	readonly startTimeoutMs?: number;
	/** Time that `stop` gives Triton to end by itself before it is killed. @default 4_000 */
	readonly graceMs?: number;
	/** Ports to try first, such as those of an instance that died. @default free ones */
	readonly ports?: TritonPorts | undefined;
}

const defaultStartTimeoutMs = 600_000;
const exitTimeoutSeconds = 2;
const defaultGraceMs = 4_000;
const maxAttempts = 4;

/**
 * Starts Triton on loopback and waits until its models are ready. It never outlives this process: Ctrl-C reaches
 * only Node, and when Node is killed, Triton and the processes of its models end too.
 * @throws {TritonStartError} it ended or was not ready in time; the message has the last lines of its log
 * @throws the signal's reason, if it aborts before the models are ready
 */
export async function startEmbeddedTriton(options: EmbeddedTritonOptions): Promise<EmbeddedTriton> {
	const numKilled = await endLeftovers(options.cacheDirectory);
	if (numKilled > 0) {
		options.onProgress(`Ended ${numKilled} processes that an earlier run left behind`);
	}
	const models = await findModels(options.modelRepository);
	for (let attempt = 1; ; attempt++) {
		const ports = (attempt === 1 && options.ports) || (await findFreePorts());
		try {
			return await startOnce(options, models, ports);
		} catch (error) {
			// Between the search for a free port and its use, another program may take it.
			if (attempt === maxAttempts || !isPortTaken(error)) {
				throw error;
			}
			options.onProgress('A port was taken meanwhile; trying other ports…');
		}
	}
}

const isPortTaken = (error: unknown) =>
	error instanceof TritonStartError && error.logTail.some(line => /already in use/i.test(line));

async function startOnce(
	options: EmbeddedTritonOptions,
	models: readonly string[],
	ports: TritonPorts,
): Promise<EmbeddedTriton> {
	options.signal?.throwIfAborted();
	const files = await createInstanceFiles(options.cacheDirectory);
	const running = await spawnTriton(options, models, ports, files);
	const triton = new RunningTriton(running, ports, files);
	try {
		await becomeReady(triton, options, models);
		triton.watchModelProcesses();
		return triton;
	} catch (error) {
		await triton.stop();
		throw error;
	}
}

async function spawnTriton(
	{graceMs = defaultGraceMs, ...options}: EmbeddedTritonOptions,
	models: readonly string[],
	ports: TritonPorts,
	files: InstanceFiles,
): Promise<SupervisedProcess> {
	const {environment, distribution, modelRepository, modelEnvironment} = options;
	const {shmPrefix, recordFile, directory, temporaryDirectory} = files;
	const log = await open(files.logFile, 'w');
	try {
		return await supervise({
			python: environment.python,
			command: tritonCommand({distribution, modelRepository, models, ports, shmPrefix, exitTimeoutSeconds}),
			env: {...distribution.env, ...modelEnvironment, TMPDIR: temporaryDirectory},
			output: log.fd,
			recordFile,
			shmPrefix,
			directory,
			graceMs,
		});
	} finally {
		await log.close();
	}
}

async function becomeReady(
	triton: RunningTriton,
	{startTimeoutMs: timeoutMs = defaultStartTimeoutMs, onProgress, signal}: EmbeddedTritonOptions,
	models: readonly string[],
): Promise<void> {
	const death = new AbortController();
	void triton.exited.then(({reason, tail}) => {
		death.abort(new TritonStartError(reason, triton.logFile, tail));
	});
	const ended = AbortSignal.any([death.signal, ...(signal ? [signal] : [])]);
	onProgress('Starting Triton…');
	const isReady = await waitUntilReady({
		httpAddress: triton.httpAddress,
		models,
		timeoutMs,
		onWait: waitedMs => onProgress(`Starting Triton… ${Math.round(waitedMs / 1000)} s`),
		signal: ended,
	});
	const {logFile, metricsAddress} = triton;
	if (isReady && (await waitForMetrics(metricsAddress, logFile, ended))) {
		return;
	}
	const reason = isReady
		? 'Triton started without its metrics'
		: `Triton was not ready within ${timeoutMs / 1000} s`;
	throw new TritonStartError(reason, logFile, await readTail(logFile));
}
