import {status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {UnavailableError} from '../../src/errors/errors.ts';
import type {ApplyEditRequest} from '../../src/grpc/client.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {startServer, type TestServerOptions, until} from '../helpers/start-server.ts';
import {TargetVerifier, type TargetVerifierOptions} from '../helpers/target-verifier.ts';

const original = 'const a = 1;\nconst b = 2;\n';
const edited = 'const a = 1;\nconst c = 3;\n';
const request: ApplyEditRequest = {
	original,
	instruction: 'Rename b to c and make it 3.',
	language: 'typescript',
};

/** A server whose model answers with a text. */
async function serve(
	t: ExecutionContext,
	answer: string,
	{server, ...verifierOptions}: Partial<TargetVerifierOptions> & {server?: Partial<TestServerOptions>} = {},
) {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode(answer), model.endToken];
	const verifier = new TargetVerifier({target, ...verifierOptions});
	return {...(await startServer(t, {model, verifier, ...server})), verifier, model};
}

test('the deltas, joined, are the edited file with its final line ending', async t => {
	const {client} = await serve(t, 'const a = 1;\nconst c = 3;\n```');
	const {text, summary, started} = await client.edit(request);
	t.is(text, edited);
	t.is(summary.finishReason, 'FINISH_REASON_FENCE_CLOSED');
	t.is(started.model, 'smollm2-135m-instruct');
	t.true(summary.acceptedTokens > 0);
	t.is(summary.draftTokens, summary.acceptedTokens + summary.rejectedTokens);
});

test('speculation on and off give the same tokens', async t => {
	const {client} = await serve(t, 'const a = 1;\nconst c = 3;\n```');
	const options = {includeTokenIds: true};
	const fast = await client.edit({...request, options});
	const plain = await client.edit({...request, options: {...options, speculation: false}});
	t.deepEqual(fast.tokenIds, plain.tokenIds);
	t.is(fast.text, plain.text);
	t.is(plain.summary.verifyPasses, plain.summary.outputTokens);
	t.true(fast.summary.verifyPasses < plain.summary.verifyPasses / 2);
});

test('a file without a final newline gets none, one with CRLF keeps it', async t => {
	const {client} = await serve(t, 'x = 1\n```');
	t.is((await client.edit({...request, original: 'y = 1'})).text, 'x = 1');
	t.is((await client.edit({...request, original: 'y = 1\r\n'})).text, 'x = 1\r\n');
});

test('no delta splits a character, whatever bytes the drafts end at', async t => {
	const answer = '// 漢字 👩‍👩‍👧 é\nlet x = "🙂🙂🙂";';
	const {client} = await serve(t, `${answer}\n\`\`\``);
	const texts: string[] = [];
	const options = {maxDraftTokens: 3};
	const {text} = await client.edit(
		{...request, original: '// 漢字 🙂', options},
		{onDelta: delta => texts.push(delta.text)},
	);
	t.is(text, answer);
	t.true(texts.every(piece => !/\p{Surrogate}|\uFFFD/u.test(piece)));
});

test('provenance spans cover the text of each delta without gaps', async t => {
	const {client} = await serve(t, 'const a = 1;\nconst ç = 3;\n```');
	const deltas: {text: string; spans: readonly {startByte: number; endByte: number; source: string}[]}[] = [];
	await client.edit({...request, options: {includeProvenance: true}}, {onDelta: delta => deltas.push(delta)});
	for (const {text, spans} of deltas) {
		t.is(spans[0]?.startByte ?? 0, 0);
		t.is(spans.at(-1)?.endByte ?? 0, Buffer.byteLength(text));
		t.true(spans.every((span, i) => i === 0 || span.startByte === spans[i - 1]!.endByte));
	}

	const sources = new Set(deltas.flatMap(({spans}) => spans.map(span => span.source)));
	t.true(sources.has('TOKEN_SOURCE_ORIGINAL') && sources.has('TOKEN_SOURCE_MODEL'));
});

test('token ids and provenance are left out unless asked for', async t => {
	const {client} = await serve(t, 'x\n```');
	const {tokenIds} = await client.edit(request, {onDelta: delta => t.is(delta.sources, null)});
	t.deepEqual(tokenIds, []);
});

test('an answer that reaches the output limit says so and is not closed', async t => {
	const {client} = await serve(t, 'const a = 1;\nconst c = 3;\n```');
	const {text, summary} = await client.edit({...request, options: {maxOutputTokens: 5}});
	t.is(text, 'const');
	t.is(summary.finishReason, 'FINISH_REASON_LENGTH');
	t.is(summary.outputTokens, 5);
});

test('an answer that ends without the closing fence is reported as stopped, and gets no line ending', async t => {
	const {client} = await serve(t, 'const a = 1;');
	const {text, summary} = await client.edit(request);
	t.is(text, 'const a = 1;');
	t.is(summary.finishReason, 'FINISH_REASON_STOP');
});

test('special-token text in a file is text and comes back as text', async t => {
	const file = 'const end = "<|im_end|>";\nconst more = "<|endoftext|>";';
	const {client} = await serve(t, `${file}\n\`\`\``);
	const {text, summary} = await client.edit({...request, original: file});
	t.is(text, file);
	t.is(summary.finishReason, 'FINISH_REASON_FENCE_CLOSED');
});

const refused = test.macro({
	async exec(t, change: Partial<ApplyEditRequest>, details: RegExp) {
		const {client, verifier} = await serve(t, 'x\n```');
		const error = await t.throwsAsync(client.edit({...request, ...change}));
		t.like(error, {code: status.INVALID_ARGUMENT});
		t.regex((error as unknown as {details: string}).details, details);
		t.is(verifier.passes, 0);
	},
	title: (_, change: Partial<ApplyEditRequest> = {}, details) =>
		`refused with the field's name: ${Object.keys(change).join()} ${details}`,
});

test(refused, {original: ''}, /^original: expected the whole file, got an empty string$/);
test(refused, {instruction: ' '}, /^instruction: expected an instruction, an update, or both, got neither$/);
test(refused, {language: 'kling on'}, /^language: expected a tag of .+, got "kling on"$/);
test(refused, {options: {maxOutputTokens: -1}}, /^options.max_output_tokens: expected 0 or more, got -1$/);
test(refused, {options: {maxDraftTokens: -7}}, /^options.max_draft_tokens: expected 0 or more, got -7$/);
test(refused, {path: 'a\nb'}, /^path: expected one line/);
test(
	refused,
	{original: 'x'.repeat(5000)},
	/^original: expected a prompt that leaves 50\d\d of the model's 8192 tokens/,
);
test(
	refused,
	{original: 'x'.repeat(8150)},
	/^original: expected a prompt within the model's 8192 tokens, got a longer one$/,
);
test(
	refused,
	{original: 'x'.repeat(1_000_000)},
	/^original: expected at most 8192 bytes, the most that 8192 tokens of the model can hold, got 1000000$/,
);
test(refused, {update: 'é'.repeat(5000)}, /^update: expected at most 8192 bytes, .+, got 10000$/);
test(refused, {instruction: 'x'.repeat(9000)}, /^instruction: expected at most 8192 bytes, .+, got 9000$/);

test('a request above the size limit is refused before it is read', async t => {
	const {client} = await serve(t, 'x', {server: {maxRequestBytes: 1000}});
	const error = await t.throwsAsync(client.edit({...request, original: 'line\n'.repeat(1000)}));
	t.like(error, {code: status.RESOURCE_EXHAUSTED});
});

test('while the model is not ready edits are refused as unavailable', async t => {
	const {client} = await serve(t, 'x', {server: {verifier: undefined}});
	t.like(await t.throwsAsync(client.edit(request)), {
		code: status.UNAVAILABLE,
		details: 'the model is still starting',
	});
});

test('a model lost in the middle of an edit ends it as unavailable and frees the sequence', async t => {
	const failures = new Map([[2, new UnavailableError('gone')]]);
	const {client, verifier, admission} = await serve(t, edited.repeat(20), {failures});
	const error = await t.throwsAsync(client.edit({...request, options: {maxDraftTokens: 1}}));
	t.like(error, {code: status.UNAVAILABLE});
	t.regex((error as unknown as {details: string}).details, /^gone; \d+ characters were delivered$/);
	await until(() => verifier.openSequences === 0 && admission.openEdits === 0);
});

test('an unexpected error leaves without its message, which may hold file contents', async t => {
	const {client} = await serve(t, edited, {failures: new Map([[0, new Error('secret: const a = 1')]])});
	const error = await t.throwsAsync(client.edit(request));
	t.like(error, {code: status.INTERNAL, details: 'internal error; see the log of the service'});
});

test('a cancelled edit frees its sequence and its place', async t => {
	const {client, verifier, admission} = await serve(t, edited.repeat(50), {passMs: 5});
	const stop = new AbortController();
	const edit = client.edit(
		{...request, options: {maxDraftTokens: 1}},
		{signal: stop.signal, onDelta: () => stop.abort()},
	);
	t.like(await t.throwsAsync(edit), {code: status.CANCELLED});
	await until(() => verifier.openSequences === 0 && admission.openEdits === 0);
	t.true(verifier.passes < 20);
});

test('a deadline in the middle of an edit frees its sequence', async t => {
	const {client, verifier, admission} = await serve(t, edited.repeat(50), {passMs: 20});
	const edit = client.edit({...request, options: {speculation: false}}, {timeoutMs: 200});
	t.like(await t.throwsAsync(edit), {code: status.DEADLINE_EXCEEDED});
	await until(() => verifier.openSequences === 0 && admission.openEdits === 0);
	t.pass();
});

test('edits above the limit are refused and their places come back', async t => {
	const {client, admission} = await serve(t, edited.repeat(20), {passMs: 5, server: {maxOpenEdits: 2}});
	const stop = new AbortController();
	const open = [1, 2].map(async () =>
		client.edit({...request, options: {speculation: false}}, {signal: stop.signal}),
	);
	await until(() => admission.openEdits === 2);
	t.like(await t.throwsAsync(client.edit(request)), {code: status.RESOURCE_EXHAUSTED});
	stop.abort();
	await Promise.allSettled(open);
	await until(() => admission.openEdits === 0);
	await t.notThrowsAsync(client.edit({...request, options: {maxOutputTokens: 2}}));
});
