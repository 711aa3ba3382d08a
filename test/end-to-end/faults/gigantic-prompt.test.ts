import {status} from '@grpc/grpc-js';
import test from 'ava';
import {answerOf} from '../../helpers/open-edit.ts';
import {startTinyTriton, type TinyTriton, tinyEdit} from '../../helpers/tiny-triton.ts';
import {startGateway} from '../../helpers/two-tritons.ts';

/** What the tiny model's sequence holds, a token a byte. */
const contextTokens = 8192;
const small = tinyEdit(60);
const gigantic = {...small, original: 'y = 2\n'.repeat(Math.floor((0.45 * contextTokens) / 6))};
let triton: TinyTriton;

test.before(async () => {
	triton = await startTinyTriton();
});

test.after.always(async () => triton?.stop());

test.serial(
	'small edits beside one with a gigantic prompt end with the same texts, as does that one',
	async t => {
		const {client, moves, untilReady} = await startGateway(t, [triton]);
		await untilReady(1);
		const [expected, expectedSmall] = [await answerOf(client, gigantic), await answerOf(client, small)];
		const numPasses = await triton.metric('redraft_passes_total');
		const numTokens = await triton.metric('redraft_pass_tokens_total');
		const edits = [gigantic, ...Array<typeof small>(8).fill(small)].map(request => answerOf(client, request));
		t.deepEqual(await Promise.all(edits), [expected, ...Array(8).fill(expectedSmall)]);
		t.deepEqual(await moves(), {});
		await triton.untilIdle();
		// A prompt is cut into passes, so that none takes long.
		const passes = (await triton.metric('redraft_passes_total')) - numPasses;
		const tokens = (await triton.metric('redraft_pass_tokens_total')) - numTokens;
		t.true(tokens <= 512 * passes, `${tokens} tokens in ${passes} passes`);
	},
);

test.serial('a prompt beyond the model is refused, and the small edits beside it are as ever', async t => {
	const {client, untilReady} = await startGateway(t, [triton]);
	await untilReady(1);
	const expected = await answerOf(client, small);
	const tooLarge = {...gigantic, original: gigantic.original.repeat(4)};
	const edits = Array.from({length: 4}, () => answerOf(client, small));
	t.like(await t.throwsAsync(client.edit(tooLarge)), {code: status.INVALID_ARGUMENT});
	t.deepEqual(await Promise.all(edits), Array(4).fill(expected));
	await triton.untilIdle();
});
