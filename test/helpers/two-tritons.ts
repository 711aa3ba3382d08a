import type {ExecutionContext} from 'ava';
import {type Config, readConfig} from '../../src/config.ts';
import {startEmbeddedModel} from '../../src/embedded/embedded-model.ts';
import type {TritonSupervisor} from '../../src/embedded/triton-supervisor.ts';
import {RedraftClient} from '../../src/grpc/client.ts';
import {type Service, startService} from '../../src/service.ts';
import {FaultyProxy} from './faulty-proxy.ts';
import {readMetric, signalTriton, type TritonProgram, tritonMetric} from './real-triton.ts';
import {tinyCheckpoint} from './tiny-checkpoint.ts';

/** A Triton that is reached over a network that can be made bad. */
export interface ProxiedTriton {
	readonly supervisor: TritonSupervisor;
	readonly proxy: FaultyProxy;
	/** Sends a signal to one of its processes. */
	signal(program: TritonProgram, signal: NodeJS.Signals): void;
}

export interface TwoTritons {
	readonly tritons: readonly [ProxiedTriton, ProxiedTriton];
	readonly service: Service;
	readonly client: RedraftClient;
	/** Value of a metric of the service; its labels are summed. */
	metric(name: string): Promise<number>;
	/** Sequences that are open on both Tritons together. */
	openSequences(): Promise<number>;
}

/** The service on two real Tritons with the same tiny model, each behind a proxy; stopped with the test. */
export async function startTwoTritons(
	t: ExecutionContext,
	settings: Partial<Config> = {},
): Promise<TwoTritons> {
	const modelDirectory = await tinyCheckpoint(t, 'llama');
	const tritons = [await startProxied(t, modelDirectory), await startProxied(t, modelDirectory)] as const;
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
	return {tritons, service, client, metric, openSequences};
}

async function startProxied(t: ExecutionContext, modelDirectory: string): Promise<ProxiedTriton> {
	const modelEnvironment = {
		REDRAFT_MODEL: 'qwen2.5-coder',
		REDRAFT_ADAPTER_DIR: 'none',
		REDRAFT_IDLE_SECONDS: '5',
	};
	const supervisor = await startEmbeddedModel({modelDirectory, modelEnvironment});
	const proxy = await FaultyProxy.start(supervisor.address()!);
	t.teardown(async () => {
		await proxy.stop();
		await supervisor.stop();
	});
	const signal: ProxiedTriton['signal'] = (program, number) => signalTriton(supervisor, program, number);
	return {supervisor, proxy, signal};
}
