import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {text} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import {RequestMemory} from '../../src/edit/request-memory.ts';
import {GatedVerifier} from '../helpers/gated-verifier.ts';
import {until} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';
import {type Failure, type ServedModel, serveHttp} from './serve.ts';

const edit = {original: 'a\nb\n', instruction: 'Change nothing.'};
const large = {...edit, original: 'x = 1\n'.repeat(100)};

/** A call that sends its headers and the beginning of its body, and then nothing. */
async function sendPart(t: ExecutionContext, {baseURL}: ServedModel): Promise<Socket> {
	const {hostname, port} = new URL(baseURL);
	const socket = connect(Number(port), hostname);
	t.teardown(() => socket.destroy());
	await once(socket, 'connect');
	socket.write(
		'POST /v1/edits HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{',
	);
	return socket;
}

test('a body is refused before it is read where those of open answers leave no room, and read after them', async t => {
	const requestMemory = new RequestMemory(1000);
	let gate: GatedVerifier | undefined;
	const createVerifier = (target: readonly number[]) => {
		gate = new GatedVerifier(new TargetVerifier({target}));
		gate.closeGate();
		return gate;
	};
	const served = await serveHttp(t, 'a\n```', {createVerifier, requestMemory, maxRequestBytes: 1000});
	const open = served.post('/edits', large);
	await until(() => served.admission.openEdits === 1);
	const refused = await served.post('/edits', large);
	t.is(refused.status, 429);
	t.is(refused.headers.get('retry-after'), '1');
	t.like(((await refused.json()) as Failure).error, {code: 'rate_limit_exceeded'});
	const answer = text(await sendPart(t, served));
	t.regex(await answer, /^HTTP\/1.1 429 /);
	gate!.openGate();
	t.true((await (await open).text()).includes('summary'));
	t.is((await served.post('/edits', large)).status, 200);
});

test('a small body is read beside a large one that is still on its way, where both have room', async t => {
	const requestMemory = new RequestMemory(1000);
	const served = await serveHttp(t, 'a\n```', {requestMemory, maxRequestBytes: 1000});
	const silent = await sendPart(t, served);
	const response = await served.post('/edits', edit);
	t.is(response.status, 200);
	t.true((await response.text()).includes('summary'));
	silent.destroy();
});

test('a caller that falls silent in its body is ended, and those that waited for it are read', async t => {
	const requestMemory = new RequestMemory(1000);
	const served = await serveHttp(t, 'a\n```', {requestMemory, maxRequestBytes: 1000, readTimeoutMs: 300});
	const silent = text(await sendPart(t, served));
	const response = await served.post('/edits', large);
	t.is(response.status, 200);
	t.regex(await silent, /^HTTP\/1.1 408 /);
	t.true((await response.text()).includes('summary'));
});
