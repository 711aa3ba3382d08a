import test, {type ExecutionContext} from 'ava';
import {type Config, readConfig} from '../../src/config.ts';
import {RedraftClient} from '../../src/grpc/client.ts';
import {type Service, startService} from '../../src/service.ts';
import {type MoveReason, moveReasons} from '../../src/telemetry/edit-observer.ts';
import {type ProxiedTriton, startProxiedTriton} from './proxied-triton.ts';
import {readMetric, tritonMetric, untilReady} from './real-triton.ts';
import type {RestartingTritonOptions} from './restarting-triton.ts';
import {tinyCheckpoint} from './tiny-checkpoint.ts';

/** The service on Tritons that run already. */
export interface Gateway {
	readonly service: Service;
	readonly client: RedraftClient;
	/** Value of a metric of the service; its labels are summed. */
	metric(name: string): Promise<number>;
	/** Moves of all edits so far, by reason; none where nothing moved. */
	moves(): Promise<Moves>;
	/** Resolves when it holds so many Tritons for ready. */
	untilReady(numTritons: number): Promise<void>;
}

export type Moves = Partial<Record<MoveReason, number>>;

export interface TwoTritons extends Gateway {
	readonly tritons: readonly [ProxiedTriton, ProxiedTriton];
	/** Sequences that are open on both Tritons together. */
	openSequences(): Promise<number>;
	/** Resolves when both are ready and hold no sequence. */
	untilHealed(): Promise<void>;
}

export interface TwoTritonsOptions {
	/** What the first Triton is started with, where it is not as the second. */
	readonly first?: Omit<RestartingTritonOptions, 'modelDirectory'>;
	/** Numbers in [0, 1), for what the networks do at random. */
	readonly random?: () => number;
}

/** Where what was started is ended: a test, or all tests of a file. */
type Scope = Pick<ExecutionContext, 'teardown'>;

/** The service on two real Tritons with the same tiny model, each behind a proxy; stopped with the test. */
export async function startTwoTritons(
	t: Scope,
	settings: Partial<Config> = {},
	{first = {}, random}: TwoTritonsOptions = {},
): Promise<TwoTritons> {
	const modelDirectory = await tinyCheckpoint(t, 'llama');
	const start = ({modelEnvironment, ...options}: Omit<RestartingTritonOptions, 'modelDirectory'>) =>
		startProxiedTriton(
			t,
			{modelDirectory, modelEnvironment: {REDRAFT_IDLE_SECONDS: '5', ...modelEnvironment}, ...options},
			random,
		);
	const tritons = await Promise.all([start(first), start({})]);
	const gateway = await startGateway(t, tritons, settings);
	await gateway.untilReady(2);
	const openSequences = async () => {
		const counts = tritons.map(({supervisor}) => tritonMetric(supervisor, 'redraft_open_sequences'));
		return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
	};
	const untilHealed = async () => {
		const isHealed = async () =>
			(await gateway.metric('redraft_triton_ready')) === 2 && (await openSequences().catch(() => 1)) === 0;
		while (!(await isHealed())) {
			await new Promise(resolve => setTimeout(resolve, 100));
		}
	};
	return {...gateway, tritons, openSequences, untilHealed};
}

/** Starts them for all tests of a file; what is returned gives them once the tests run. */
export function shareTwoTritons(settings?: Partial<Config>, options?: TwoTritonsOptions): () => TwoTritons {
	const ends: (() => unknown)[] = [];
	let both: TwoTritons | undefined;
	test.before(async () => {
		both = await startTwoTritons({teardown: end => void ends.unshift(end)}, settings, options);
	});
	test.after.always(async () => {
		for (const end of ends) {
			await end();
		}
	});
	return () => both!;
}

/** One more service on Tritons that run already, stopped with the test. */
export async function startGateway(
	t: Scope,
	tritons: readonly Pick<ProxiedTriton, 'address' | 'modelDirectory'>[],
	settings: Partial<Config> = {},
): Promise<Gateway> {
	const config: Config = {
		...readConfig({}),
		listen: '127.0.0.1:0',
		adminListen: '127.0.0.1:0',
		model: 'qwen2.5-coder',
		modelDirectory: tritons[0]!.modelDirectory,
		tritonTarget: {kind: 'list', addresses: tritons.map(({address}) => address)},
		...settings,
	};
	const service = await startService(config, () => {});
	const client = new RedraftClient(service.address, {maxAttempts: 1});
	t.teardown(async () => {
		client.close();
		await service.stop();
	});
	const metric = async (name: string) => (await readMetric(service.adminAddress!, name)) ?? 0;
	const moves = async () => {
		const counts = moveReasons.map(reason => metric(`redraft_sequence_moves_total{reason="${reason}"}`));
		const entries = (await Promise.all(counts)).map((count, i) => [moveReasons[i], count]);
		return Object.fromEntries(entries.filter(([, count]) => count !== 0));
	};
	return {service, client, metric, moves, untilReady: numTritons => untilReady(service, numTritons)};
}

/** Moves since an earlier count. */
export function newMoves(before: Moves, now: Moves): Moves {
	const entries = moveReasons.map(reason => [reason, (now[reason] ?? 0) - (before[reason] ?? 0)]);
	return Object.fromEntries(entries.filter(([, count]) => count !== 0));
}
