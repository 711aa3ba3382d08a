import {setTimeout as delay} from 'node:timers/promises';
import test from 'ava';
import type {TritonSupervisor} from '../../../src/embedded/triton-supervisor.ts';
import {MovingSequence} from '../../../src/speculation/moving-sequence.ts';
import {speculativeEdit} from '../../../src/speculation/speculative-editor.ts';
import type {MoveReason} from '../../../src/telemetry/edit-observer.ts';
import {TritonClient} from '../../../src/triton/triton-client.ts';
import {TritonVerifier} from '../../../src/triton/triton-verifier.ts';
import {impatientRepository} from '../../faults/model-repository.ts';
import {ListDrafter} from '../../helpers/list-drafter.ts';
import {killTriton, tritonMetric} from '../../helpers/real-triton.ts';
import {startRestartingTriton} from '../../helpers/restarting-triton.ts';
import {sendAll} from '../../helpers/run-editor.ts';
import {tinyCheckpoint} from '../../helpers/tiny-checkpoint.ts';

const ends: (() => unknown)[] = [];
/** Its model evicts a sequence that has idled for five seconds; that of the other keeps it, and Triton itself ends it. */
let evicting: TritonSupervisor;
let reaping: TritonSupervisor;

test.before(async () => {
	const scope = {teardown: (end: () => unknown) => void ends.unshift(end)};
	const modelDirectory = await tinyCheckpoint(scope, 'llama');
	const modelRepository = await impatientRepository(scope, 3000);
	const start = (seconds: string) => ({modelDirectory, modelEnvironment: {REDRAFT_IDLE_SECONDS: seconds}});
	[evicting, reaping] = await Promise.all([
		startRestartingTriton(scope, start('5')),
		startRestartingTriton(scope, {...start('600'), modelRepository}),
	]);
});

test.after.always(async () => {
	for (const end of ends) {
		await end();
	}
});

/** Plain decoding of 40 tokens, with a pause in the middle, and why the sequence moved meanwhile. */
async function decode(triton: TritonSupervisor, pause: () => Promise<unknown>) {
	const client = new TritonClient(triton.address()!, 64 << 20);
	const options = {modelName: 'verifier', stepTimeoutMs: 30_000, endTimeoutMs: 5000};
	const reasons: MoveReason[] = [];
	const onMove = (reason: MoveReason) => void reasons.push(reason);
	const verifier = new TritonVerifier(client, options);
	const sequence = new MovingSequence(verifier, {maxMoves: 3, maxWaitMs: 60_000, onMove});
	const prompt = Array.from({length: 300}, (_, i) => 3 + ((i * 37) % 250));
	const limits = {
		maxOutputTokens: 40,
		maxDraftTokens: 0,
		maxBranches: 1,
		signal: new AbortController().signal,
	};
	const parts = {drafter: new ListDrafter([]), policy: sendAll, stop: {ends: () => false}};
	const tokens: number[] = [];
	for await (const pass of speculativeEdit(sequence, {prompt, ...parts, ...limits})) {
		tokens.push(...pass.tokens);
		await (tokens.length === 10 && pause());
	}

	await sequence.end();
	client.close();
	return {tokens, reasons};
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
	while (!(await isSo())) {
		await delay(50);
	}
}

/** The count is shown after the answer that ends a sequence. */
async function untilNoneIsOpen(triton: TritonSupervisor): Promise<void> {
	await until(async () => (await tritonMetric(triton, 'redraft_open_sequences')) === 0);
}

test.serial('an edit that pauses until its KV cache is evicted goes on with the same tokens', async t => {
	const {tokens} = await decode(evicting, async () => {});
	const numEvictions = () => tritonMetric(evicting, 'redraft_evictions_total');
	const before = await numEvictions();
	const paused = await decode(evicting, () => until(async () => (await numEvictions()) > before));
	t.deepEqual(paused, {tokens, reasons: ['evicted']});
	await untilNoneIsOpen(evicting);
});

test.serial(
	'an edit that pauses until Triton has ended its sequence as idle goes on with the same tokens',
	async t => {
		const {tokens} = await decode(reaping, async () => {});
		let paused: Awaited<ReturnType<typeof decode>>;
		let pauseMs = 5000;
		do {
			paused = await decode(reaping, () => delay(pauseMs));
			// Triton tells nobody when it does so, and may be late.
			pauseMs *= 2;
		} while (paused.reasons.length === 0);
		t.deepEqual(paused, {tokens, reasons: ['lost']});
	},
);

test.serial(
	'an edit whose Triton has restarted between two passes goes on there with the same tokens',
	async t => {
		const {tokens} = await decode(evicting, async () => {});
		const paused = await decode(evicting, async () => {
			const address = evicting.address();
			killTriton(evicting);
			await until(() => evicting.state === 'starting');
			await until(() => evicting.state === 'ready');
			t.is(evicting.address(), address);
		});
		t.deepEqual(paused.tokens, tokens);
		t.is(paused.reasons.at(-1), 'lost');
		await untilNoneIsOpen(evicting);
	},
);
