import test from 'ava';
import {UnavailableError} from '../../src/errors/errors.ts';
import {until} from '../helpers/start-server.ts';
import {type Failure, readEvents, serveHttp} from './serve.ts';

const messages = [{role: 'user', content: 'Say a.'}];
const body = {model: 'smollm2-135m-instruct', messages};

const bad: [field: string, change: object][] = [
	['messages', {messages: []}],
	['messages', {messages: 'hello'}],
	['request body', {messages: new Array(1_000_000).fill({})}],
	['request body', {messages: new Array(1000).fill({role: 'user', content: new Array(300).fill({})})}],
	['messages[0].role', {messages: [{role: 'tool', content: 'x'}]}],
	['messages[0].content', {messages: [{role: 'user', content: 5}]}],
	[
		'messages[0].content',
		{messages: [{role: 'user', content: [{type: 'image_url', image_url: {url: 'x'}}]}]},
	],
	['model', {model: undefined}],
	['prediction.type', {prediction: {type: 'text', content: 'x'}}],
	['prediction.content', {prediction: {type: 'content'}}],
	['stream_options', {stream_options: {include_usage: true}}],
	['max_completion_tokens', {max_completion_tokens: 0}],
	['n', {n: 2}],
	['tools', {tools: [{type: 'function', function: {name: 'f'}}]}],
	['audio', {audio: {voice: 'x', format: 'wav'}}],
	['modalities[0]', {modalities: ['audio']}],
	['logprobs', {logprobs: true}],
	['presence_penalty', {presence_penalty: 0.5}],
	['frequency_penalty', {frequency_penalty: 0.5}],
	['response_format.type', {response_format: {type: 'json_object'}}],
	['stop', {stop: ['a', 'b', 'c', 'd', 'e']}],
	['stop', {stop: ''}],
	['stop', {stop: 'x'.repeat(257)}],
];

for (const [index, [field, change]] of bad.entries()) {
	test(`bad request ${index} is refused with the name of ${field}`, async t => {
		const {post} = await serveHttp(t, 'a');
		const response = await post('/chat/completions', {...body, ...change});
		const {error} = (await response.json()) as Failure;
		t.is(response.status, 400, error.message);
		t.like(error, {type: 'invalid_request_error', param: field});
		t.true(error.message.startsWith(`${field}: expected `), error.message);
		t.regex(error.message, /, got /);
	});
}

test('bodies that are no JSON in UTF-8, too large, or of another type have a status of their own', async t => {
	const {post} = await serveHttp(t, 'a', {maxRequestBytes: 1024});
	const statusOf = async (sent: string | Buffer, type = 'application/json') => {
		const response = await post('/chat/completions', '', {body: sent, headers: {'content-type': type}});
		return [response.status, ((await response.json()) as Failure).error.message];
	};
	t.deepEqual(await statusOf('{'), [400, 'request body: expected JSON in UTF-8, got something else']);
	t.deepEqual(await statusOf(Buffer.from([0x22, 0xff, 0x22])), [
		400,
		'request body: expected JSON in UTF-8, got bytes that are not UTF-8',
	]);
	t.is((await statusOf(JSON.stringify({...body, user: 'x'.repeat(2000)})))[0], 413);
	t.deepEqual(await statusOf(JSON.stringify(body), 'text/plain'), [
		415,
		'content-type: expected application/json, got "text/plain"',
	]);
});

test('an unknown path, an unknown model and a prompt without room each say what they are', async t => {
	const {baseURL, post} = await serveHttp(t, 'a', {contextTokens: 300});
	t.is((await fetch(`${baseURL}/completions`)).status, 404);
	const unknown = await post('/chat/completions', {...body, model: 'gpt-0'});
	t.is(unknown.status, 404);
	t.like(((await unknown.json()) as Failure).error, {code: 'model_not_found', param: 'model'});
	const long = await post('/chat/completions', {
		...body,
		messages: [{role: 'user', content: 'x'.repeat(400)}],
	});
	t.is(long.status, 400);
	t.like(((await long.json()) as Failure).error, {
		code: 'context_length_exceeded',
		param: 'messages[0].content',
	});
});

test('while the model is not ready, callers are told to come back, in streams too', async t => {
	const {post} = await serveHttp(t, 'a', {isReady: false});
	for (const stream of [false, true]) {
		const response = await post('/chat/completions', {...body, stream});
		t.is(response.status, 503);
		t.is(response.headers.get('retry-after'), '1');
		t.like(((await response.json()) as Failure).error, {
			message: 'the model is still starting',
			type: 'server_error',
		});
	}
});

test('an answer beyond the limit is refused until a place is free', async t => {
	const {post, admission} = await serveHttp(t, 'x'.repeat(5000), {maxOpenEdits: 1, passMs: 10});
	const first = await post('/chat/completions', {...body, stream: true});
	await until(() => admission.openEdits === 1);
	const second = await post('/chat/completions', body);
	t.is(second.status, 429);
	t.like(((await second.json()) as Failure).error, {type: 'rate_limit_error', code: 'rate_limit_exceeded'});
	t.is(second.headers.get('retry-after'), '1');
	await first.body!.cancel();
	await until(() => admission.openEdits === 0);
});

test('a failure behind the first byte is an event with an error, and nothing follows it', async t => {
	const failures = new Map([[3, new UnavailableError('the model was lost')]]);
	const {post} = await serveHttp(t, 'x'.repeat(500), {failures});
	const events = await readEvents(await post('/chat/completions', {...body, stream: true}));
	const [last, before] = [events.at(-1)!, events.at(-2)!];
	t.deepEqual(JSON.parse(last), {
		error: {
			message: 'the model was lost; 35 characters were delivered',
			type: 'server_error',
			param: null,
			code: 'unavailable',
		},
	});
	t.is(JSON.parse(before).choices[0].finish_reason, null);
	t.false(events.includes('[DONE]'));
});

test('what fails inside leaves without its text', async t => {
	const failures = new Map([[0, new Error('secret of /home/someone')]]);
	const {post} = await serveHttp(t, 'a', {failures});
	const response = await post('/chat/completions', body);
	t.is(response.status, 500);
	t.is(((await response.json()) as Failure).error.message, 'internal error; see the log of the service');
});
