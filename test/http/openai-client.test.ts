import test from 'ava';
import OpenAI from 'openai';
import {UnavailableError} from '../../src/errors/errors.ts';
import {until} from '../helpers/start-server.ts';
import {serveHttp} from './serve.ts';

const model = 'smollm2-135m-instruct';
const file = 'const a = 1;\nconst b = 2;\n';
const edited = 'const a = 1;\nconst c = 3;\n';
const messages = [{role: 'user', content: 'Rename b to c and make it 3.'}] as const;
const prediction = {type: 'content', content: file} as const;

const clientOf = (baseURL: string, maxRetries = 0) => new OpenAI({baseURL, apiKey: 'none', maxRetries});

test('the client completes with a prediction', async t => {
	const {baseURL} = await serveHttp(t, edited);
	const {choices, usage} = await clientOf(baseURL).chat.completions.create({
		model,
		messages: [...messages],
		prediction,
	});
	t.is(choices[0]!.message.content, edited);
	t.true(usage!.completion_tokens_details!.accepted_prediction_tokens! > 0);
});

test('the client streams, with the usage behind the text', async t => {
	const {baseURL} = await serveHttp(t, edited);
	const stream = await clientOf(baseURL).chat.completions.create({
		model,
		messages: [...messages],
		prediction,
		stream: true,
		stream_options: {include_usage: true},
	});
	let text = '';
	let total = 0;
	for await (const {choices, usage} of stream) {
		text += choices[0]?.delta.content ?? '';
		total = usage?.total_tokens ?? total;
	}

	t.is(text, edited);
	t.true(total > 0);
});

test("the client's own accumulation of a stream equals the whole completion", async t => {
	const {baseURL} = await serveHttp(t, edited);
	const client = clientOf(baseURL);
	const streamed = await client.chat.completions
		.stream({model, messages: [...messages], prediction})
		.finalChatCompletion();
	const whole = await client.chat.completions.create({model, messages: [...messages], prediction});
	t.is(streamed.choices[0]!.message.content, whole.choices[0]!.message.content);
	t.is(streamed.choices[0]!.finish_reason, whole.choices[0]!.finish_reason);
});

test('the client lists and retrieves models', async t => {
	const client = clientOf((await serveHttp(t, '')).baseURL);
	const ids: string[] = [];
	for await (const {id} of client.models.list()) {
		ids.push(id);
	}

	t.is(ids[0], model);
	t.is((await client.models.retrieve(model)).id, model);
	await t.throwsAsync(client.models.retrieve('gpt-0'), {instanceOf: OpenAI.NotFoundError});
});

test('the client throws a bad request with its field', async t => {
	const client = clientOf((await serveHttp(t, edited)).baseURL);
	const error = await t.throwsAsync(client.chat.completions.create({model, messages: [...messages], n: 2}), {
		instanceOf: OpenAI.BadRequestError,
	});
	t.like(error, {status: 400, param: 'n', type: 'invalid_request_error'});
});

test('the client throws where a stream breaks off behind its first byte', async t => {
	const failures = new Map([[5, new UnavailableError('the model was lost')]]);
	const {baseURL} = await serveHttp(t, edited, {failures});
	const stream = await clientOf(baseURL).chat.completions.create({
		model,
		messages: [...messages],
		stream: true,
	});
	const read = async () => {
		for await (const _ of stream) {
			// Its chunks are those of other tests.
		}
	};
	const error = await t.throwsAsync(read(), {instanceOf: OpenAI.APIError});
	t.like(error, {code: 'unavailable'});
});

test('the client retries while all places are taken, and completes when one is free', async t => {
	const {baseURL, admission} = await serveHttp(t, edited, {maxOpenEdits: 1, passMs: 20});
	const first = await clientOf(baseURL).chat.completions.create({
		model,
		messages: [...messages],
		stream: true,
	});
	await until(() => admission.openEdits === 1);
	const second = clientOf(baseURL, 5).chat.completions.create({model, messages: [...messages], prediction});
	first.controller.abort();
	t.is((await second).choices[0]!.message.content, edited);
});

test('a client that aborts ends the sequence', async t => {
	const {baseURL, admission, verifier} = await serveHttp(t, 'x'.repeat(5000), {passMs: 10});
	const stream = await clientOf(baseURL).chat.completions.create({
		model,
		messages: [...messages],
		stream: true,
	});
	await until(() => verifier.passes > 3);
	stream.controller.abort();
	await until(() => admission.openEdits === 0 && verifier.openSequences === 0);
	t.pass();
});
