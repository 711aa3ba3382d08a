import {once} from 'node:events';
import {appendFile, writeFile} from 'node:fs/promises';
import {createServer, type RequestListener} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {waitForMetrics, waitUntilReady} from '../../src/embedded/model-readiness.ts';
import {temporaryDirectory} from './support.ts';

/** Triton's HTTP frontend as far as readiness is concerned. */
async function frontend(t: ExecutionContext, listener: RequestListener): Promise<string> {
	const server = createServer(listener).listen(0, '127.0.0.1');
	t.teardown(() => server.close());
	await once(server, 'listening');
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const signal = new AbortController().signal;
const shared = {timeoutMs: 60_000, onWait: () => {}, signal};

test('ready means that every model answers with 200', async t => {
	const asked: string[] = [];
	let isSecondReady = false;
	const httpAddress = await frontend(t, ({url = ''}, response) => {
		asked.push(url);
		response.statusCode = url.includes('first') || isSecondReady ? 200 : 400;
		// The answer to the third round is the first good one.
		isSecondReady ||= asked.length >= 4;
		response.end();
	});
	t.true(await waitUntilReady({...shared, httpAddress, models: ['first', 'second one']}));
	t.true(asked.length >= 6);
	t.true(asked.includes('/v2/models/second%20one/ready'));
});

test('models that do not become ready in time are reported, not waited for', async t => {
	const httpAddress = await frontend(t, (_, response) => {
		response.statusCode = 400;
		response.end();
	});
	t.false(await waitUntilReady({...shared, httpAddress, models: ['verifier'], timeoutMs: 0}));
	t.false(await waitUntilReady({...shared, httpAddress: '127.0.0.1:9', models: ['verifier'], timeoutMs: 0}));
});

test('abort ends the wait with its reason', async t => {
	const stop = new AbortController();
	const httpAddress = await frontend(t, (_, response) => {
		stop.abort(new Error('enough'));
		response.statusCode = 400;
		response.end();
	});
	const wait = waitUntilReady({...shared, httpAddress, models: ['verifier'], signal: stop.signal});
	await t.throwsAsync(wait, {message: 'enough'});
});

test('a proxy in the environment is not asked for what is on this machine', async t => {
	const before = process.env;
	process.env = {...before, http_proxy: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9'};
	t.teardown(() => {
		process.env = before;
	});
	const httpAddress = await frontend(t, (_, response) => response.end());
	t.true(await waitUntilReady({...shared, httpAddress, models: ['verifier']}));
});

test('metrics that answer are there, and a log that says that they failed ends the wait', async t => {
	const logFile = join(await temporaryDirectory(t), 'triton.log');
	await writeFile(logFile, 'all is well\n');
	const metricsAddress = await frontend(t, (_, response) => response.end());
	t.true(await waitForMetrics(metricsAddress, logFile, signal));
	await appendFile(logFile, "failed to start Metrics service: 'Unavailable - Socket is already in use'\n");
	t.false(await waitForMetrics(metricsAddress, logFile, signal));
});
