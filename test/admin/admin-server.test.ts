import {connect} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {AdminServer} from '../../src/admin/admin-server.ts';

async function startAdmin(t: ExecutionContext) {
	let reason: string | undefined = 'the model is still starting';
	const server = new AdminServer({
		unreadyReason: () => reason,
		contentType: 'text/plain; version=0.0.4',
		text: async () => {
			if (reason === 'broken') {
				throw new Error('no metrics');
			}

			return 'a_metric 1\n';
		},
	});
	const address = await server.listen('127.0.0.1:0');
	t.teardown(() => server.stop());
	const get = async (path: string, method = 'GET') => {
		const response = await fetch(`http://${address}${path}`, {method});
		return {code: response.status, body: await response.text(), headers: response.headers};
	};
	return {server, address, get, setReason: (next: string | undefined) => (reason = next)};
}

test('readiness follows its source and tells the reason, liveness stays', async t => {
	const {get, setReason} = await startAdmin(t);
	t.like(await get('/readyz'), {code: 503, body: 'the model is still starting\n'});
	t.like(await get('/livez'), {code: 200, body: 'alive\n'});
	setReason(undefined);
	t.like(await get('/readyz?verbose'), {code: 200, body: 'ready\n'});
	setReason('draining');
	t.like(await get('/readyz'), {code: 503, body: 'draining\n'});
});

test('metrics come with the content type of their format', async t => {
	const {get} = await startAdmin(t);
	const {code, body, headers} = await get('/metrics');
	t.is(code, 200);
	t.is(body, 'a_metric 1\n');
	t.is(headers.get('content-type'), 'text/plain; version=0.0.4');
	t.like(await get('/metrics', 'HEAD'), {code: 200, body: ''});
});

test('other paths and methods are refused with what is expected', async t => {
	const {get} = await startAdmin(t);
	t.like(await get('/'), {code: 404, body: 'expected /livez, /readyz or /metrics\n'});
	const {code, headers} = await get('/metrics', 'POST');
	t.is(code, 405);
	t.is(headers.get('allow'), 'GET, HEAD');
});

test('a source that fails is answered as an internal error, and the port goes on', async t => {
	const {get, setReason} = await startAdmin(t);
	setReason('broken');
	t.like(await get('/metrics'), {code: 500, body: 'internal error\n'});
	t.like(await get('/livez'), {code: 200});
});

test('stopping closes connections that are idle or half asked', async t => {
	const {server, address} = await startAdmin(t);
	const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
	socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n');
	await new Promise(resolve => socket.once('data', resolve));
	socket.write('GET /met');
	socket.on('error', () => {});
	const closed = new Promise(resolve => socket.once('close', resolve));
	await server.stop();
	await closed;
	t.true(socket.destroyed);
});
