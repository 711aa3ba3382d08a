import {status} from '@grpc/grpc-js';
import test from 'ava';
import {type RealTriton, readMetric, startRealTriton, untilFreed, untilIdle} from '../helpers/real-triton.ts';
import {tinyCheckpoint} from '../helpers/tiny-checkpoint.ts';
import {startGateway} from '../helpers/two-tritons.ts';

/** 512 bytes a token: two of the large edits, or three of the small ones. */
const cacheBytes = 512 * 2560;
const options = {speculation: false, maxOutputTokens: 120, includeTokenIds: true};
const [small, large, tooLarge] = [5, 20, 100].map(repeats => ({
	original: 'let a = 1;\nlet b = 2;\n'.repeat(repeats),
	instruction: 'Add them.',
	language: 'javascript',
	options,
}));

/** An edit's tokens, and whether it was told that it waits. */
async function run({client}: Pick<RealTriton, 'client'>, request: typeof small) {
	const tokenIds: number[] = [];
	let hasWaited = false;
	for await (const message of client.stream(request!)) {
		hasWaited ||= message.event === 'queued';
		tokenIds.push(...(message.event === 'delta' ? message.delta.tokenIds : []));
	}

	return {tokenIds, hasWaited};
}

const modelEnvironment = {REDRAFT_ADAPTER_DIR: 'none', REDRAFT_KV_BYTES: String(cacheBytes)};

test.serial(
	'edits that a small KV cache cannot hold together wait, and none loses its cache or is refused',
	async t => {
		const real = await startRealTriton('qwen2.5-coder', {
			modelDirectory: await tinyCheckpoint(t, 'llama'),
			modelEnvironment,
			// An edit that loses its cache fails.
			config: {maxEditMoves: 0, moveWaitMs: 0, maxDraftTokens: 16},
		});
		t.teardown(() => real.stop());
		const expected = [await run(real, small), await run(real, large)];
		const edits = await Promise.all(
			Array.from({length: 12}, (_, index) => run(real, [small, large][index % 2])),
		);
		for (const [index, {tokenIds}] of edits.entries()) {
			t.deepEqual(tokenIds, expected[index % 2]!.tokenIds);
		}

		const numWaited = edits.filter(({hasWaited}) => hasWaited).length;
		t.true(numWaited >= 8 && numWaited < 12, `${numWaited} waited`);
		t.is(await real.metric('redraft_evictions_total'), 0);
		await untilFreed(t, real);
		t.is(await readMetric(real.service.adminAddress!, 'redraft_kv_tokens_reserved'), 0);
		const error = await t.throwsAsync(run(real, tooLarge));
		t.like(error, {code: status.INVALID_ARGUMENT});
		t.regex(error.message, /tokens that the model's KV cache has room for/);
	},
);

test.serial('edits of two gateways that share a small KV cache all end right', async t => {
	const modelDirectory = await tinyCheckpoint(t, 'llama');
	// Whichever comes too late waits until the others are done, however slow the machine is.
	const config = {maxDraftTokens: 16, moveWaitMs: 600_000};
	const real = await startRealTriton('qwen2.5-coder', {modelDirectory, modelEnvironment, config});
	t.teardown(() => real.stop());
	const other = await startGateway(t, [{address: real.triton.address, modelDirectory}], config);
	await other.untilReady(1);
	const expected = await run(real, large);
	const edits = await Promise.all(
		Array.from({length: 12}, (_, index) => run([real, other][index % 2]!, large)),
	);
	for (const {tokenIds} of edits) {
		t.deepEqual(tokenIds, expected.tokenIds);
	}

	await untilIdle(real);
});
