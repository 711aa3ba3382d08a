import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {fetchOnce} from '../helpers/fetch-once.ts';
import {GatewayProcess} from '../helpers/gateway-process.ts';
import {type ProxiedTriton, startProxiedTriton} from '../helpers/proxied-triton.ts';
import {tritonMetric, tritonPort} from '../helpers/real-triton.ts';
import {tinyCheckpoint} from '../helpers/tiny-checkpoint.ts';

export type Scope = Pick<ExecutionContext, 'teardown'>;

export const stepTimeoutMs = 3000;
/** More callers than places, so that some always wait. */
export const maxOpenEdits = 6;
const answerTimeoutMs = 2000;

/** The service in a process of its own, on two real Tritons behind networks that can be made bad. */
export interface Fleet {
	readonly tritons: readonly ProxiedTriton[];
	readonly gateway: GatewayProcess;
	/** Where the gateway's process puts temporary files. */
	readonly temporaryDirectory: string;
	/** Whether a Triton is ready by its own word and trusted by the gateway. */
	isWorking(triton: ProxiedTriton): Promise<boolean>;
	/** Sequences that are open on the Tritons, and tokens that lie in their caches. */
	held(): Promise<{sequences: number; kvTokens: number}>;
}

/** @param random numbers in [0, 1), for what the networks do at random */
export async function startFleet(t: Scope, random: () => number): Promise<Fleet> {
	const modelDirectory = await tinyCheckpoint(t, 'llama');
	const options = {
		modelDirectory,
		modelEnvironment: {REDRAFT_IDLE_SECONDS: '5', REDRAFT_KV_BYTES: '8388608'},
	};
	const tritons = [
		await startProxiedTriton(t, options, random),
		await startProxiedTriton(t, options, random),
	];
	const temporaryDirectory = await mkdtemp(path.join(tmpdir(), 'redraft-soak-'));
	t.teardown(() => rm(temporaryDirectory, {recursive: true}));
	const gateway = await GatewayProcess.start(t, {
		tritons: tritons.map(triton => ({...triton, metric: name => tritonMetric(triton.supervisor, name)})),
		nodeOptions: ['--expose-gc', '--import=data:text/javascript,process.on("SIGUSR2",()=>gc())'],
		settings: {
			TMPDIR: temporaryDirectory,
			TSX_DISABLE_CACHE: '1',
			REDRAFT_STEP_TIMEOUT_MS: String(stepTimeoutMs),
			REDRAFT_MAX_OPEN_EDITS: String(maxOpenEdits),
			REDRAFT_MAX_EDIT_MOVES: '20',
			REDRAFT_MOVE_WAIT_MS: '60000',
			REDRAFT_MAX_DRAFT_TOKENS: '64',
		},
	});
	return {tritons, gateway, temporaryDirectory, isWorking: isWorking(gateway), held: () => held(tritons)};
}

function isWorking(gateway: GatewayProcess): Fleet['isWorking'] {
	return async ({address, supervisor}) => {
		try {
			const url = `http://127.0.0.1:${tritonPort(supervisor, 'http')}/v2/models/verifier/ready`;
			const {ok} = await fetchOnce(url, {signal: AbortSignal.timeout(answerTimeoutMs)});
			return ok && (await gateway.metrics('redraft_triton_ready')).get(`triton="${address}"`) === 1;
		} catch {
			return false;
		}
	};
}

async function held(tritons: readonly ProxiedTriton[]): ReturnType<Fleet['held']> {
	const sum = async (name: string) => {
		const values = await Promise.all(tritons.map(({supervisor}) => tritonMetric(supervisor, name)));
		return values.reduce((total, value) => total + value, 0);
	};
	return {sequences: await sum('redraft_open_sequences'), kvTokens: await sum('redraft_kv_slots_used')};
}

/** @throws {Error} the condition does not come to hold in time */
export async function within(
	seconds: number,
	what: string,
	holds: () => Promise<boolean>,
	signal?: AbortSignal,
): Promise<void> {
	const end = performance.now() + 1000 * seconds;
	while (!(await holds())) {
		signal?.throwIfAborted();
		if (performance.now() > end) {
			throw new Error(`expected ${what} within ${seconds} s`);
		}

		await delay(100);
	}
}
