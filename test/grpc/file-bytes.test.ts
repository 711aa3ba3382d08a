import test, {type ExecutionContext} from 'ava';
import type {RedraftClient} from '../../src/grpc/client.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {startServer} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

/** A client of a service whose model writes an answer and closes its fence. */
async function serve(t: ExecutionContext, answer: string): Promise<RedraftClient> {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode(`${answer}\n\`\`\``), model.endToken];
	return (await startServer(t, {model, verifier: new TargetVerifier({target})})).client;
}

const answer = 'one\n🧪 two\nnew\n\nfour';
const files: Record<string, {original: string; update?: string; expected: string}> = {
	'a CRLF file with an LF update': {
		original: 'one\r\ntwo\r\n\r\nfour\r\n',
		update: 'one\n🧪 two\nnew\n',
		expected: 'one\r\n🧪 two\r\nnew\r\n\r\nfour\r\n',
	},
	'an LF file with a CRLF update': {
		original: 'one\ntwo\n\nfour\n',
		update: '\uFEFFone\r\n🧪 two\r\nnew\r\n',
		expected: 'one\n🧪 two\nnew\n\nfour\n',
	},
	'a file with a byte order mark': {
		original: '\uFEFFone\r\ntwo\r\n\r\nfour',
		expected: '\uFEFFone\r\n🧪 two\r\nnew\r\n\r\nfour',
	},
	'a file that mixes its line endings': {
		original: 'one\r\ntwo\n\nfour\r\n',
		expected: 'one\r\n🧪 two\r\nnew\r\n\nfour\r\n',
	},
};

for (const [name, {original, update, expected}] of Object.entries(files)) {
	const request = {original, instruction: 'Test.', ...(update !== undefined && {update})};
	test(`${name} keeps its bytes, with and without speculation`, async t => {
		const client = await serve(t, answer);
		const run = (speculation: boolean) =>
			client.edit({...request, options: {speculation, includeTokenIds: true}});
		const [fast, plain] = [await run(true), await run(false)];
		t.is(fast.text, expected);
		t.is(plain.text, expected);
		t.deepEqual(fast.tokenIds, plain.tokenIds);
		t.true(fast.summary.acceptedTokens > 0);
	});

	test(`${name}: what comes of it under any limit is the start of the whole`, async t => {
		const client = await serve(t, answer);
		const {tokenIds} = await client.edit({...request, options: {includeTokenIds: true}});
		let longest = 0;
		for (let limit = 1; limit < tokenIds.length; limit++) {
			const {text, summary} = await client.edit({...request, options: {maxOutputTokens: limit}});
			t.true(expected.startsWith(text), JSON.stringify(text));
			t.is(summary.finishReason, 'FINISH_REASON_LENGTH');
			t.true(text.length >= longest);
			longest = text.length;
		}

		t.true(longest >= expected.length - 2);
	});

	test(`${name}: an answer that repeats it gives back every byte`, async t => {
		const repeated = original.replace('\uFEFF', '').replaceAll('\r\n', '\n').replace(/\n$/, '');
		t.is((await (await serve(t, repeated)).edit(request)).text, original);
	});
}

test('a model that writes carriage returns adds none to a file without them', async t => {
	const client = await serve(t, 'one\r\ntwo\r\n');
	t.is((await client.edit({original: 'one\n', instruction: 'Test.'})).text, 'one\ntwo\n\n');
});

test('a file whose only line is deleted comes back empty', async t => {
	const model = await byteModel(t);
	const verifier = new TargetVerifier({target: [...model.tokenizer.encode('```'), model.endToken]});
	const {client} = await startServer(t, {model, verifier});
	const {text, summary} = await client.edit({original: 'one\n', instruction: 'Delete it.'});
	t.is(text, '');
	t.is(summary.finishReason, 'FINISH_REASON_FENCE_CLOSED');
});

test('provenance covers what was put back, as text of the original', async t => {
	const client = await serve(t, 'one\ntwo');
	const bytes: [string, string][] = [];
	const {text} = await client.edit(
		{original: '\uFEFFone\r\n', instruction: 'Add two.', options: {includeProvenance: true}},
		{
			onDelta(delta) {
				for (const {startByte, endByte, source} of delta.spans) {
					bytes.push([Buffer.from(delta.text).subarray(startByte, endByte).toString(), source]);
				}
			},
		},
	);
	t.is(text, '\uFEFFone\r\ntwo\r\n');
	t.is(bytes.map(([piece]) => piece).join(''), text);
	t.is(bytes[0]![1], 'TOKEN_SOURCE_ORIGINAL');
	t.deepEqual(bytes.at(-1), ['\r\n', 'TOKEN_SOURCE_ORIGINAL']);
});
