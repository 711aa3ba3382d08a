import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import type {ExecutionContext} from 'ava';
import {type Config, readConfig} from '../../src/config.ts';
import {type EmbeddedModelOptions, startEmbeddedModel} from '../../src/embedded/embedded-model.ts';
import {processesMentioning} from '../../src/embedded/process/process-table.ts';
import type {TritonSupervisor} from '../../src/embedded/triton-supervisor.ts';
import {RedraftClient} from '../../src/grpc/client.ts';
import {type Service, startService} from '../../src/service.ts';
import {TritonClient} from '../../src/triton/triton-client.ts';
import {fetchOnce} from './fetch-once.ts';

const run = promisify(execFile);

export interface RealTriton {
	readonly supervisor: TritonSupervisor;
	readonly service: Service;
	readonly client: RedraftClient;
	readonly triton: TritonClient;
	/** Value of a gauge or counter among Triton's metrics; labels are summed. */
	metric(name: string): Promise<number>;
	stop(): Promise<void>;
}

/** A real Triton with a real model, and the service on it. */
export async function startRealTriton(
	model: string,
	{config = {}, ...options}: EmbeddedModelOptions & {config?: Partial<Config>} = {},
): Promise<RealTriton> {
	const modelEnvironment = {REDRAFT_MODEL: model, ...options.modelEnvironment};
	const supervisor = await startEmbeddedModel({builtinModel: model, ...options, modelEnvironment});
	const tritonUrl = supervisor.address()!;
	const {modelDirectory} = supervisor;
	const tritonTarget = {kind: 'list', addresses: [tritonUrl]} as const;
	const listen = {listen: '127.0.0.1:0', adminListen: '127.0.0.1:0'};
	const settings = {...readConfig({}), ...listen, model, modelDirectory, tritonTarget, ...config};
	const service = await startService(settings, () => {});
	await untilReady(service, 1);
	const client = new RedraftClient(service.address, {maxAttempts: 1});
	const triton = new TritonClient(tritonUrl, 64 << 20);
	const stop = async () => {
		client.close();
		triton.close();
		await service.stop();
		await supervisor.stop();
	};
	return {supervisor, service, client, triton, stop, metric: name => tritonMetric(supervisor, name)};
}

/** Waits until a service with an admin port holds so many Tritons for ready. */
export async function untilReady({adminAddress}: Service, numTritons: number): Promise<void> {
	while (((await readMetric(adminAddress!, 'redraft_triton_ready')) ?? 0) !== numTritons) {
		await delay(50);
	}
}

/** Value of a gauge or counter among a Triton's metrics; labels are summed. */
export async function tritonMetric(supervisor: TritonSupervisor, name: string): Promise<number> {
	const value = await readMetric(supervisor.metricsAddress()!, name);
	if (value === undefined) {
		throw new Error(`metric ${name}: expected it among Triton's metrics, got none of that name`);
	}

	return value;
}

/** Sum of a metric's values at an address; undefined where there is none, as of a counter that never counted. */
export async function readMetric(address: string, name: string): Promise<number | undefined> {
	const text = await (await fetchOnce(`http://${address}/metrics`)).text();
	const lines = text.split('\n').filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
	return lines.length === 0
		? undefined
		: lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Waits until no sequence is open on Triton. */
export async function untilIdle(triton: Pick<RealTriton, 'metric'>): Promise<void> {
	while ((await triton.metric('redraft_open_sequences')) > 0) {
		await delay(100);
	}
}

/** Waits until no sequence is open on Triton, and finds that each was ended: none was forgotten and evicted. */
export async function untilFreed(t: ExecutionContext, triton: RealTriton): Promise<void> {
	await untilIdle(triton);
	t.is(await triton.metric('redraft_evictions_total'), 0);
}

/**
 * Runs a script of `test/oracle` with the project's interpreter. It may take long, and a service in this process has to
 * hear of its Triton meanwhile, or would take it for one that is gone.
 * @returns what it prints
 */
export async function runOracle(script: string, arguments_: readonly string[], input = ''): Promise<string> {
	const python = process.env.REDRAFT_TEST_PYTHON;
	if (python === undefined) {
		throw new Error(
			'REDRAFT_TEST_PYTHON: expected the interpreter of the project, got nothing; run npm test',
		);
	}

	const file = fileURLToPath(new URL(`../oracle/${script}`, import.meta.url));
	const env = {...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error'};
	const running = run(python, [file, ...arguments_], {env, maxBuffer: 64 << 20});
	running.child.stdin!.end(input);
	return (await running).stdout;
}

/** Programs of one Triton: the server and the process of its model. */
export type TritonProgram = 'tritonserver' | 'triton_python_backend_stub';

/** Kills a process of a supervisor's Triton, as the kernel does when memory runs out. */
export function killTriton(supervisor: TritonSupervisor, program: TritonProgram = 'tritonserver'): void {
	signalTriton(supervisor, program, 'SIGKILL');
}

/** Sends a signal to the one process of a supervisor's Triton that runs a program. */
export function signalTriton(
	supervisor: TritonSupervisor,
	program: TritonProgram,
	signal: NodeJS.Signals,
): void {
	process.kill(tritonProcess(supervisor, program), signal);
}

/** A port that a supervisor's Triton was told to listen at. */
export function tritonPort(supervisor: TritonSupervisor, frontend: 'http' | 'grpc' | 'metrics'): number {
	const option = `--${frontend}-port=`;
	const given = commandLine(tritonProcess(supervisor, 'tritonserver')).find(part => part.startsWith(option));
	return Number(given!.slice(option.length));
}

/** Pid of the one process of a supervisor's Triton that runs a program. */
export function tritonProcess(supervisor: TritonSupervisor, program: TritonProgram): number {
	const instance = path.basename(supervisor.logFile()!, '.log').replace(/^triton-/, '');
	const [found, ...more] = processesMentioning(instance).filter(pid =>
		commandLine(pid)[0]!.endsWith(`/${program}`),
	);
	if (found === undefined || more.length > 0) {
		throw new Error(
			`instance ${instance}: expected one ${program}, got ${found === undefined ? 'none' : 'several'}`,
		);
	}

	return found;
}

/** Program and arguments of a process; one empty word where it has ended. */
export function commandLine(pid: number): string[] {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
	} catch {
		return [''];
	}
}
