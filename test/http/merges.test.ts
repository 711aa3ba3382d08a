import test from 'ava';
import type {ChatCompletionChunk} from './serve.ts';
import {readEvents, serveHttp} from './serve.ts';

const code = 'const a = 1;\nconst b = 2;\n';
const snippet = '// ... existing code ...\nconst b = 3;\n';
const merged = 'const a = 1;\nconst b = 3;\n';
const answer = `${merged}\`\`\``;
const message = `<instruction>Make b 3.</instruction>\n<code>${code}</code>\n<update>${snippet}</update>`;

for (const model of ['morph-v3-fast', 'auto', 'smollm2-135m-instruct']) {
	test(`a message with code and update is merged by ${model}: the answer is the file, without a fence`, async t => {
		const {complete} = await serveHttp(t, answer);
		const {choices, usage} = await complete({model, messages: [{role: 'user', content: message}]});
		t.is(choices[0]!.message.content, merged);
		t.is(choices[0]!.finish_reason, 'stop');
		t.is(usage!.total_tokens, usage!.prompt_tokens + usage!.completion_tokens);
	});
}

test('a merge streams, also behind a system message', async t => {
	const {post} = await serveHttp(t, answer);
	const messages = [
		{role: 'system', content: 'You merge code.'},
		{role: 'user', content: message},
	];
	const events = await readEvents(await post('/chat/completions', {model: 'auto', messages, stream: true}));
	const chunks = events.slice(0, -1).map(event => JSON.parse(event) as ChatCompletionChunk);
	t.is(chunks.map(({choices}) => choices[0]!.delta.content ?? '').join(''), merged);
	t.is(events.at(-1), '[DONE]');
});

test('the REST form answers with the merged file and its usage', async t => {
	const {post} = await serveHttp(t, answer);
	const response = await post('/code/apply', {initialCode: code, editSnippet: snippet, stream: false});
	t.is(response.status, 200);
	const {mergedCode, usage, ...more} = (await response.json()) as {mergedCode: string; usage: object};
	t.is(mergedCode, merged);
	t.deepEqual(Object.keys(usage), ['prompt_tokens', 'completion_tokens', 'total_tokens']);
	t.deepEqual(more, {});
});

test('the REST form streams the file in pieces, with the usage in the last', async t => {
	const {post} = await serveHttp(t, answer);
	const body = {initialCode: code, editSnippet: snippet, instruction: 'Make b 3.', stream: true};
	const events = await readEvents(await post('/code/apply', body));
	const pieces = events.slice(0, -1).map(event => JSON.parse(event) as {mergedCode: string; usage?: object});
	t.is(pieces.map(({mergedCode}) => mergedCode).join(''), merged);
	t.truthy(pieces.at(-1)!.usage);
	t.is(events.at(-1), '[DONE]');
});

test('a merge without code is refused with the name of the field', async t => {
	const {post} = await serveHttp(t, answer);
	const empty = await post('/code/apply', {initialCode: '', editSnippet: snippet});
	t.is(empty.status, 400);
	t.like(((await empty.json()) as {error: object}).error, {param: 'original'});
	const missing = await post('/code/apply', {initialCode: code});
	t.like(((await missing.json()) as {error: object}).error, {
		param: 'editSnippet',
		message: 'editSnippet: expected string, got nothing',
	});
});

test('a file that is cut short is never taken for a whole one', async t => {
	const {post, complete} = await serveHttp(t, 'const a = 1;\n');
	const {choices} = await complete({model: 'auto', messages: [{role: 'user', content: message}]});
	t.is(choices[0]!.finish_reason, 'length');
	const body = {initialCode: code, editSnippet: snippet};
	const whole = await post('/code/apply', body);
	t.is(whole.status, 500);
	t.like(((await whole.json()) as {error: object}).error, {code: 'incomplete'});
	const events = await readEvents(await post('/code/apply', {...body, stream: true}));
	t.like(JSON.parse(events.at(-1)!).error, {code: 'incomplete'});
});
