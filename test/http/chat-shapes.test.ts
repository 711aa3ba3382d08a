import test from 'ava';
import {type ChatCompletionChunk as Chunk, type Failure, readEvents, serveHttp} from './serve.ts';

const file = 'const a = 1;\nconst b = 2;\n';
const edited = 'const a = 1;\nconst c = 3;\n';
const body = {
	model: 'smollm2-135m-instruct',
	messages: [{role: 'user', content: `Rename b to c and make it 3.\n\n\`\`\`\n${file}\`\`\``}],
	prediction: {type: 'content', content: file},
};

test('a completion has the shape of OpenAI, with the tokens of the prediction counted', async t => {
	const {complete, model} = await serveHttp(t, edited);
	const completion = await complete(body);
	t.like(completion, {object: 'chat.completion', model: 'smollm2-135m-instruct'});
	t.regex(completion.id, /^chatcmpl-/);
	t.deepEqual(completion.choices, [
		{
			index: 0,
			message: {role: 'assistant', content: edited, refusal: null},
			logprobs: null,
			finish_reason: 'stop',
		},
	]);
	const usage = completion.usage!;
	const details = usage.completion_tokens_details!;
	t.is(usage.completion_tokens, model.tokenizer.encode(edited).length + 1);
	t.is(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
	t.is(
		details.accepted_prediction_tokens! + details.rejected_prediction_tokens!,
		model.tokenizer.encode(file).length,
	);
	t.true(details.accepted_prediction_tokens! > 10);
});

test('a stream is the role, the text, the reason of the end, the usage and [DONE]', async t => {
	const {post} = await serveHttp(t, edited);
	const response = await post('/chat/completions', {
		...body,
		stream: true,
		stream_options: {include_usage: true},
	});
	t.regex(response.headers.get('content-type')!, /^text\/event-stream/);
	const events = await readEvents(response);
	t.is(events.at(-1), '[DONE]');
	const chunks = events.slice(0, -1).map(event => JSON.parse(event) as Chunk);
	const [first, ...later] = chunks;
	t.deepEqual(first!.choices[0]!.delta, {role: 'assistant', content: '', refusal: null});
	const usage = later.pop()!;
	t.deepEqual(usage.choices, []);
	t.true(usage.usage!.completion_tokens > 0);
	const end = later.pop()!;
	t.deepEqual(end.choices[0]!.delta, {});
	t.is(end.choices[0]!.finish_reason, 'stop');
	t.is(later.map(chunk => chunk.choices[0]!.delta.content).join(''), edited);
	t.true(
		later.every(
			({choices: [choice]}) => choice!.delta.content && !choice!.delta.role && choice!.finish_reason === null,
		),
	);
	for (const name of ['id', 'created', 'model', 'system_fingerprint', 'object'] as const) {
		t.is(new Set(chunks.map(chunk => chunk[name])).size, 1, name);
	}

	t.true([first!, ...later, end].every(chunk => chunk.usage === null));
});

test('without stream_options no chunk tells the usage', async t => {
	const {post} = await serveHttp(t, edited);
	const events = await readEvents(await post('/chat/completions', {...body, stream: true}));
	t.true(events.every(event => !event.includes('"usage"')));
});

test('max_completion_tokens ends the answer, max_tokens too where it stands alone', async t => {
	const {complete} = await serveHttp(t, edited);
	for (const limits of [{max_completion_tokens: 5, max_tokens: 9}, {max_tokens: 5}]) {
		const {choices, usage} = await complete({...body, ...limits});
		t.is(choices[0]!.message.content, 'const');
		t.is(choices[0]!.finish_reason, 'length');
		t.is(usage!.completion_tokens, 5);
	}
});

test('the answer ends before a stop string, also where passes end inside of it', async t => {
	const {complete} = await serveHttp(t, edited);
	for (const stop of ['c = 3', ['nothing', 'c = 3', '3;']]) {
		const {choices} = await complete({...body, stop});
		t.is(choices[0]!.message.content, 'const a = 1;\nconst ');
		t.is(choices[0]!.finish_reason, 'stop');
	}
});

test('sampling is accepted and changes nothing', async t => {
	const {complete} = await serveHttp(t, edited);
	const {choices} = await complete({...body, temperature: 0.7, top_p: 0.9, seed: 1});
	t.is(choices[0]!.message.content, edited);
});

test('parts of text stand for their joined text, in messages and prediction', async t => {
	const {complete} = await serveHttp(t, edited);
	const parts = [
		{type: 'text', text: file.slice(0, 5)},
		{type: 'text', text: file.slice(5)},
	];
	const plain = await complete(body);
	const [message] = body.messages;
	const content = [{type: 'text', text: message!.content}];
	const request = {...body, messages: [{...message, content}], prediction: {type: 'content', content: parts}};
	const {choices, usage} = await complete(request);
	t.deepEqual([choices, usage], [plain.choices, plain.usage]);
});

test('models are listed and told one by one', async t => {
	const {baseURL} = await serveHttp(t, '');
	const list = (await (await fetch(`${baseURL}/models`)).json()) as {object: string; data: object[]};
	t.is(list.object, 'list');
	t.like(list.data[0]!, {id: 'smollm2-135m-instruct', object: 'model', owned_by: 'redraft'});
	t.deepEqual(await (await fetch(`${baseURL}/models/smollm2-135m-instruct`)).json(), list.data[0]);
	const missing = await fetch(`${baseURL}/models/gpt-0`);
	t.is(missing.status, 404);
	t.like(((await missing.json()) as Failure).error, {param: 'model', code: 'model_not_found'});
});
