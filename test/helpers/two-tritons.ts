import test, {type ExecutionContext} from 'ava';
import {type Config, readConfig} from '../../src/config.ts';
import type {TritonSupervisor} from '../../src/embedded/triton-supervisor.ts';
import {RedraftClient} from '../../src/grpc/client.ts';
import {type Service, startService} from '../../src/service.ts';
import {FaultyProxy} from './faulty-proxy.ts';
import {readMetric, signalTriton, type TritonProgram, tritonMetric, tritonPort} from './real-triton.ts';
import {startRestartingTriton} from './restarting-triton.ts';
import {tinyCheckpoint} from './tiny-checkpoint.ts';

/** A Triton that is reached over a network that can be made bad. */
export interface ProxiedTriton {
	readonly supervisor: TritonSupervisor;
	readonly proxy: FaultyProxy;
	/** Sends a signal to one of its processes. */
	signal(program: TritonProgram, signal: NodeJS.Signals): void;
	/** Loads its model or unloads it while it runs. */
	repository(action: 'load' | 'unload'): Promise<void>;
}

export interface TwoTritons {
	readonly tritons: readonly [ProxiedTriton, ProxiedTriton];
	readonly service: Service;
	readonly client: RedraftClient;
	/** Value of a metric of the service; its labels are summed. */
	metric(name: string): Promise<number>;
	/** Sequences that are open on both Tritons together. */
	openSequences(): Promise<number>;
	/** Resolves when both are ready and hold no sequence. */
	untilHealed(): Promise<void>;
}

/** Where what was started is ended: a test, or all tests of a file. */
type Scope = Pick<ExecutionContext, 'teardown'>;

/**
 * The service on two real Tritons with the same tiny model, each behind a proxy; stopped with the test.
 * @param random numbers in [0, 1), for what the networks do at random
 */
export async function startTwoTritons(
	t: Scope,
	settings: Partial<Config> = {},
	random?: () => number,
): Promise<TwoTritons> {
	const modelDirectory = await tinyCheckpoint(t, 'llama');
	const start = () => startProxied(t, modelDirectory, random);
	const tritons = [await start(), await start()] as const;
	const config: Config = {
		...readConfig({}),
		listen: '127.0.0.1:0',
		adminListen: '127.0.0.1:0',
		model: 'qwen2.5-coder',
		modelDirectory,
		tritonTarget: {kind: 'list', addresses: tritons.map(({proxy}) => proxy.address)},
		stepTimeoutMs: 4000,
		...settings,
	};
	const service = await startService(config, () => {});
	const client = new RedraftClient(service.address);
	t.teardown(async () => {
		client.close();
		await service.stop();
	});
	const metric = async (name: string) => (await readMetric(service.adminAddress!, name)) ?? 0;
	const openSequences = async () => {
		const counts = tritons.map(({supervisor}) => tritonMetric(supervisor, 'redraft_open_sequences'));
		return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
	};
	const untilHealed = async () => {
		const isHealed = async () =>
			(await metric('redraft_triton_ready')) === 2 && (await openSequences().catch(() => 1)) === 0;
		while (!(await isHealed())) {
			await new Promise(resolve => setTimeout(resolve, 100));
		}
	};
	return {tritons, service, client, metric, openSequences, untilHealed};
}

/** Starts them for all tests of a file; to be called once the tests run. */
export function shareTwoTritons(settings: Partial<Config> = {}): () => TwoTritons {
	const ends: (() => unknown)[] = [];
	let both: TwoTritons | undefined;
	test.before(async () => {
		both = await startTwoTritons({teardown: end => void ends.unshift(end)}, settings);
	});
	test.after.always(async () => {
		for (const end of ends) {
			await end();
		}
	});
	return () => both!;
}

async function startProxied(t: Scope, modelDirectory: string, random?: () => number): Promise<ProxiedTriton> {
	const supervisor = await startRestartingTriton({
		modelDirectory,
		modelEnvironment: {REDRAFT_IDLE_SECONDS: '5'},
	});
	t.teardown(() => supervisor.stop());
	const proxy = await FaultyProxy.start(supervisor.address()!, random);
	t.teardown(() => proxy.stop());
	return {
		supervisor,
		proxy,
		signal: (program, signal) => signalTriton(supervisor, program, signal),
		repository: action => askRepository(supervisor, action),
	};
}

async function askRepository(supervisor: TritonSupervisor, action: 'load' | 'unload'): Promise<void> {
	const url = `http://127.0.0.1:${tritonPort(supervisor, 'http')}/v2/repository/models/verifier/${action}`;
	const response = await fetch(url, {method: 'POST'});
	if (!response.ok) {
		throw new Error(`${action} of the model: expected 200, got ${response.status}: ${await response.text()}`);
	}
}
