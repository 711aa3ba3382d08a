import {once} from 'node:events';
import {constants, createServer, type ServerHttp2Stream} from 'node:http2';
import type {AddressInfo} from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';
import {status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {TritonClient} from '../../src/triton/triton-client.ts';

const request = {modelName: 'verifier'};
const limits = {timeoutMs: 10_000};
const headers = {':status': 200, 'content-type': 'application/grpc'};

/** A client whose calls are answered by `answer`. */
async function startClient(t: ExecutionContext, answer: (stream: ServerHttp2Stream) => void) {
	const server = createServer().on('stream', answer);
	await once(server.listen(0, '127.0.0.1'), 'listening');
	const client = new TritonClient(`127.0.0.1:${(server.address() as AddressInfo).port}`, 1 << 20);
	t.teardown(() => server.close());
	t.teardown(() => client.close());
	return client;
}

/** Ends a call well, after a message without any field or without a message. */
function end(stream: ServerHttp2Stream, {hasResponse}: {hasResponse: boolean}): void {
	stream.respond(headers, {waitForTrailers: true});
	stream.on('wantTrailers', () => stream.sendTrailers({'grpc-status': '0'}));
	stream.end(hasResponse ? Buffer.alloc(5) : undefined);
}

async function until(isSo: () => boolean): Promise<void> {
	while (!isSo()) {
		await delay(5);
	}
}

test('a call is open before its request is sent', async t => {
	const streams: ServerHttp2Stream[] = [];
	const client = await startClient(t, stream => {
		streams.push(stream);
		stream.once('data', () => end(stream, {hasResponse: true}));
	});
	const call = client.openInfer(60_000);
	await until(() => streams.length === 1);
	t.true(call.isUsable);
	t.deepEqual((await call.send(request, limits)).outputs, []);
	t.false(call.isUsable);
	t.is(streams.length, 1);
});

test('a call that the server has ended takes no request any more', async t => {
	const client = await startClient(t, stream =>
		stream.on('error', () => {}).close(constants.NGHTTP2_REFUSED_STREAM),
	);
	const call = client.openInfer(60_000);
	await until(() => !call.isUsable);
	await t.throwsAsync(call.send(request, limits), {code: status.CANCELLED} as never);
	await t.throwsAsync(client.infer(request, limits), {code: status.UNAVAILABLE} as never);
});

test('a call that no request comes for is given up', async t => {
	const client = await startClient(t, () => {});
	const call = client.openInfer(1);
	await until(() => !call.isUsable);
	t.pass();
});

test('a call that ends well without a response is an error', async t => {
	const client = await startClient(t, stream => end(stream, {hasResponse: false}));
	await t.throwsAsync(client.infer(request, limits), {code: status.INTERNAL} as never);
});

test('a request without a response is given up at its time-out, and the server is told', async t => {
	const closed: Promise<unknown>[] = [];
	const client = await startClient(
		t,
		stream =>
			void closed.push(
				once(
					stream.on('error', () => {}),
					'close',
				),
			),
	);
	await t.throwsAsync(client.infer(request, {timeoutMs: 100}), {code: status.DEADLINE_EXCEEDED} as never);
	await Promise.all(closed);
	t.pass();
});

test('a request that was given up before is not sent', async t => {
	const client = await startClient(t, () => t.fail());
	const call = client.openInfer();
	await t.throwsAsync(call.send(request, {...limits, signal: AbortSignal.abort()}), {
		any: true,
		message: 'This operation was aborted',
	});
	t.false(call.isUsable);
});
