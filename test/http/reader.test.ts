import {connect} from 'node:net';
import test from 'ava';
import {until} from '../helpers/start-server.ts';
import {quickVerifier} from './quick-verifier.ts';
import {type Failure, readEvents, serveHttp} from './serve.ts';

const body = {model: 'smollm2-135m-instruct', messages: [{role: 'user', content: 'Say x.'}]};

for (const stream of [true, false]) {
	test(`a reader that goes away ends the sequence, ${stream ? 'in' : 'before'} its answer`, async t => {
		const {post, admission, verifier} = await serveHttp(t, 'x'.repeat(5000), {passMs: 10});
		const reader = new AbortController();
		const response = post('/chat/completions', {...body, stream}, {signal: reader.signal}).catch(
			() => undefined,
		);
		await until(() => verifier.passes > 3);
		reader.abort();
		await response;
		await until(() => admission.openEdits === 0 && verifier.openSequences === 0);
		t.true(verifier.passes < 1000);
	});
}

test('a connection that is reset ends the sequence', async t => {
	const {baseURL, admission, verifier} = await serveHttp(t, 'x'.repeat(5000), {passMs: 10});
	const {hostname, port, pathname} = new URL(baseURL);
	const text = JSON.stringify({...body, stream: true});
	const socket = connect(Number(port), hostname);
	socket.write(
		`POST ${pathname}/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
			`content-length: ${text.length}\r\n\r\n${text}`,
	);
	await until(() => verifier.passes > 3);
	socket.resetAndDestroy();
	await until(() => admission.openEdits === 0 && verifier.openSequences === 0);
	t.pass();
});

test('a reader that stops reading stops the model, and one that goes on gets everything', async t => {
	const text = Array.from({length: 60_000}, (_, index) =>
		String.fromCharCode(97 + ((index * index * 7) % 26)),
	).join('');
	let passes = 0;
	const {post, admission} = await serveHttp(t, text, {
		contextTokens: 4_000_000,
		maxDraftTokens: 1,
		createVerifier: target => quickVerifier(target, 0, () => passes++),
	});
	const response = await post('/chat/completions', {...body, stream: true});
	let before = -1;
	while (passes !== before) {
		before = passes;
		await new Promise(resolve => setTimeout(resolve, 500));
	}

	t.true(passes < text.length / 2, `the model ran ${passes} passes ahead of its reader`);
	t.is(admission.openEdits, 1);
	const events = await readEvents(response);
	t.is(events.at(-1), '[DONE]');
	t.is(
		events
			.slice(0, -1)
			.map(event => JSON.parse(event).choices[0].delta.content ?? '')
			.join(''),
		text,
	);
});

test('shutdown lets an open answer finish within the grace time', async t => {
	const {post, server, admission} = await serveHttp(t, 'abcdef', {passMs: 20});
	const response = post('/chat/completions', {...body, stream: true});
	await until(() => admission.openEdits === 1);
	await Promise.all([server.stop(10_000), response]);
	t.is((await readEvents(await response)).at(-1), '[DONE]');
});

test('shutdown ends an answer that outlasts the grace time with an error', async t => {
	const {post, server, admission, verifier} = await serveHttp(t, 'x'.repeat(5000), {passMs: 20});
	const response = await post('/chat/completions', {...body, stream: true});
	await until(() => admission.openEdits === 1);
	const [events] = await Promise.all([readEvents(response), server.stop(100)]);
	t.regex((JSON.parse(events.at(-1)!) as Failure).error.message, /shutting down/);
	t.is(verifier.openSequences, 0);
});
