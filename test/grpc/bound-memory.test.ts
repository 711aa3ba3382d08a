import {type ClientHttp2Stream, connect} from 'node:http2';
import {type ServiceError, status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {RequestMemory} from '../../src/edit/request-memory.ts';
import {RedraftClient} from '../../src/grpc/client.ts';
import {ServiceMetrics} from '../../src/telemetry/metrics/service-metrics.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {GatedVerifier} from '../helpers/gated-verifier.ts';
import {startServer, type TestServerOptions, until} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

const answer = 'abcdefgh\n';
const small = {original: 'a\nb\n', instruction: 'Change nothing.'};
const large = {...small, original: 'x = 1\n'.repeat(100)};

/** @param maxBytes of all requests together */
async function start(t: ExecutionContext, maxBytes: number, options: Partial<TestServerOptions> = {}) {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode(`${answer}\`\`\``), model.endToken];
	const gate = new GatedVerifier(new TargetVerifier({target}));
	const observer = new ServiceMetrics();
	const requestMemory = new RequestMemory(maxBytes);
	const started = await startServer(t, {model, verifier: gate, requestMemory, observer, ...options});
	return {...started, gate, observer};
}

/** A call that sends its headers and then nothing. */
function sendHeaders(t: ExecutionContext, address: string): ClientHttp2Stream {
	const session = connect(`http://${address}`);
	t.teardown(() => session.destroy());
	return session.request({
		':method': 'POST',
		':path': '/redraft.v1.Redraft/ApplyEdit',
		'content-type': 'application/grpc',
		te: 'trailers',
	});
}

const statusOf = async (stream: ClientHttp2Stream) =>
	new Promise<unknown>(resolve => {
		stream.once('response', headers => resolve(Number(headers['grpc-status'])));
	});

test('an edit is refused without being read where those that are open leave no room, and let in after them', async t => {
	const {client, admission, gate, address, observer} = await start(t, 1500, {maxRequestBytes: 1000});
	gate.closeGate();
	const open = client.edit(large);
	await until(() => admission.openEdits === 1);
	const error = (await t.throwsAsync(client.edit(small))) as ServiceError;
	t.is(error.code, status.RESOURCE_EXHAUSTED);
	t.deepEqual(error.metadata.get('grpc-retry-pushback-ms'), ['1000']);
	// Nothing of its message has come when it is answered.
	t.is(await statusOf(sendHeaders(t, address)), status.RESOURCE_EXHAUSTED);
	t.regex(await observer.text(), /^redraft_refused_total\{reason="queue_full"\} 2$/m);
	gate.openGate();
	t.is((await open).text, answer);
	t.is((await client.edit(small)).text, answer);
});

test('64 open and 256 waiting small edits fit into the memory of one large one, and end with their text', async t => {
	const {client, admission, gate} = await start(t, 320 * 40, {
		maxRequestBytes: 4000,
		maxOpenEdits: 64,
		maxQueuedEdits: 256,
	});
	gate.closeGate();
	const edits = Array.from({length: 320}, () => client.edit(small));
	await until(() => admission.openEdits === 64);
	gate.openGate();
	const texts = (await Promise.all(edits)).map(({text}) => text);
	t.deepEqual(texts, Array(320).fill(answer));
});

test('a caller that waits to be read leaves by its deadline and by cancelling, and those behind it are read', async t => {
	const {client, address, gate} = await start(t, 1000, {maxRequestBytes: 1000});
	gate.openGate();
	const silent = sendHeaders(t, address);
	const late = await t.throwsAsync(client.edit(small, {timeoutMs: 100}));
	t.like(late, {code: status.DEADLINE_EXCEEDED});
	const cancelled = client.edit(small, {signal: AbortSignal.timeout(100)});
	const behind = client.edit(small);
	t.like(await t.throwsAsync(cancelled), {code: status.CANCELLED});
	// The two connections have no order: the server must know of the cancelled one before it has room again.
	t.like(await t.throwsAsync(client.edit(small, {timeoutMs: 500})), {code: status.DEADLINE_EXCEEDED});
	silent.close();
	t.is((await behind).text, answer);
});

test('a caller that falls silent in its message is ended, and those that waited for it are read', async t => {
	const {client, address} = await start(t, 1000, {maxRequestBytes: 1000, readTimeoutMs: 200});
	const silent = sendHeaders(t, address);
	silent.write(Buffer.from([0, 0, 0, 0, 9, 0x0a]));
	const ended = statusOf(silent);
	t.is((await client.edit(small)).text, answer);
	t.is(await ended, status.DEADLINE_EXCEEDED);
});

test('refusals and cancelled edits give their room back', async t => {
	const {address} = await start(t, 1000, {maxRequestBytes: 1000});
	const client = new RedraftClient(address, {maxAttempts: 1});
	t.teardown(() => client.close());
	for (let round = 0; round < 20; round++) {
		await t.throwsAsync(client.edit({...large, instruction: ''}));
		await t.throwsAsync(client.edit({...large, original: 'x'.repeat(2000)}));
		t.is((await client.edit(large)).text, answer);
	}
});
