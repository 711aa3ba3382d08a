import {status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {ClientLimitError} from '../../src/access/client-limits.ts';
import {UnavailableError} from '../../src/errors/errors.ts';
import {type ClientOptions, RedraftClient} from '../../src/grpc/client.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {GatedVerifier} from '../helpers/gated-verifier.ts';
import {startServer, type TestServerOptions, until} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

const request = {original: 'a\nb\n', instruction: 'Make b c.'};
const edited = 'a\nc\n';
const quick: ClientOptions = {initialBackoffMs: 1, maxBackoffMs: 1};

/** A server whose model answers `edited`. */
async function serve(t: ExecutionContext, options: Partial<TestServerOptions> = {}) {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode('a\nc\n```'), model.endToken];
	const verifier = new TargetVerifier({target});
	const started = await startServer(t, {model, verifier, ...options});
	const connect = (clientOptions: ClientOptions) => {
		const client = new RedraftClient(started.address, clientOptions);
		t.teardown(() => client.close());
		return client;
	};
	return {...started, verifier, model, connect};
}

/** Fails the first passes of the first edits. */
function failing(verifier: TargetVerifier, errors: Error[]) {
	return {
		open: () => {
			const error = errors.shift();
			const sequence = verifier.open();
			return error ? {...sequence, verify: async () => Promise.reject(error)} : sequence;
		},
	};
}

const unavailable = () => new UnavailableError('away');
/** A refusal that names when to ask again. */
const busy = (retryAfterMs: number) => new ClientLimitError('busy', retryAfterMs);

/** A server whose model fails so many edits before they write anything. */
async function serveFailing(t: ExecutionContext, errors: Error[]) {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode('a\nc\n```'), model.endToken];
	return serve(t, {model, verifier: failing(new TargetVerifier({target}), errors)});
}

test('an edit of which nothing was delivered is asked for again, and tells of each start', async t => {
	const {connect} = await serveFailing(t, [unavailable(), unavailable()]);
	const events: string[] = [];
	let text = '';
	for await (const message of connect(quick).stream(request)) {
		events.push(message.event);
		text += message.event === 'delta' ? message.delta.text : '';
	}

	t.is(text, edited);
	t.deepEqual(events.slice(0, 4), ['started', 'started', 'started', 'delta']);
});

test('attempts are bounded, and the last refusal is what the caller gets', async t => {
	const errors = Array.from({length: 5}, () => unavailable());
	const {connect} = await serveFailing(t, errors);
	const refused = connect({...quick, maxAttempts: 3}).edit(request);
	t.like(await t.throwsAsync(refused), {
		code: status.UNAVAILABLE,
		details: 'away; 0 characters were delivered',
	});
	t.is(errors.length, 2);
});

test('after the first delta an edit is not asked for again', async t => {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode('a\nc\n```'), model.endToken];
	const verifier = new TargetVerifier({target, failures: new Map([[3, unavailable()]])});
	const {connect} = await serve(t, {model, verifier});
	const texts: string[] = [];
	const options = {speculation: false};
	const edit = connect(quick).edit({...request, options}, {onDelta: ({text}) => texts.push(text)});
	t.like(await t.throwsAsync(edit), {code: status.UNAVAILABLE});
	t.is(verifier.passes, 4);
	t.is(texts.join(''), 'a\nc');
});

test('a wait that the server names is kept to, and one that ends behind the deadline is not begun', async t => {
	const {connect} = await serveFailing(t, [busy(1), busy(600_000)]);
	const client = connect({initialBackoffMs: 600_000, maxBackoffMs: 600_000});
	const edit = client.edit(request, {timeoutMs: 300_000});
	t.like(await t.throwsAsync(edit), {code: status.RESOURCE_EXHAUSTED});
	t.is((await client.edit(request)).text, edited);
});

test('the deadline holds for all attempts together', async t => {
	const model = await byteModel(t);
	const gate = new GatedVerifier(new TargetVerifier({target: [model.endToken]}));
	gate.closeGate();
	const errors: Error[] = [unavailable()];
	const verifier = {
		open: () =>
			errors.pop() ? failing(new TargetVerifier({target: []}), [unavailable()]).open() : gate.open(),
	};
	const {connect} = await serve(t, {model, verifier});
	const edit = connect(quick).edit(request, {timeoutMs: 500});
	t.like(await t.throwsAsync(edit), {code: status.DEADLINE_EXCEEDED});
	t.is(errors.length, 0);
	gate.openGate();
});

test('an edit that is aborted while it waits for its next attempt fails as cancelled', async t => {
	const {connect} = await serveFailing(t, [busy(600_000)]);
	const stop = new AbortController();
	const messages = connect({}).stream(request, {signal: stop.signal});
	t.is((await messages.next()).value!.event, 'started');
	const ended = t.throwsAsync(messages.next());
	setImmediate(() => stop.abort());
	t.like(await ended, {code: status.CANCELLED});
});

test('an edit that waits for a place tells it', async t => {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode('a\nc\n```'), model.endToken];
	const verifier = new GatedVerifier(new TargetVerifier({target}));
	verifier.closeGate();
	const {connect, admission} = await serve(t, {model, verifier, maxOpenEdits: 1, maxQueuedEdits: 1});
	const client = connect({});
	const first = client.edit(request);
	await until(() => admission.openEdits === 1);
	const second = client.stream(request);
	t.like((await second.next()).value, {event: 'queued', queued: {place: 1}});
	verifier.openGate();
	t.is((await first).text, edited);
	t.is((await second.next()).value!.event, 'started');
	await second.return();
});
