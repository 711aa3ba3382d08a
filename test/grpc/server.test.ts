import {type AddressInfo, connect, createServer, type Socket} from 'node:net';
import {type Client, credentials, loadPackageDefinition, status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {protoPath as healthProto} from 'grpc-health-check';
import {RedraftClient} from '../../src/grpc/client.ts';
import {loadProto} from '../../src/protos/load-proto.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {startServer, until} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

const plain = {speculation: false, maxOutputTokens: 10_000};
const request = {original: 'a\nb\n', instruction: 'Change nothing.'};

test('a reader that stops reading stops the model: memory does not grow with the file', async t => {
	const model = await byteModel(t, 4_000_000);
	const target = model.tokenizer.encode('0123456789abcdef\n'.repeat(60_000));
	const verifier = new TargetVerifier({target});
	const {client, admission} = await startServer(t, {model, verifier});
	const stream = client.stream({
		...request,
		options: {
			maxOutputTokens: 1_100_000,
			maxDraftTokens: 32,
			includeTokenIds: true,
			includeProvenance: true,
		},
	});
	await stream.next();
	await stream.next();
	let before = -1;
	while (verifier.passes !== before) {
		before = verifier.passes;
		await new Promise(resolve => setTimeout(resolve, 200));
	}

	t.true(verifier.passes < 20_000, `the model ran ${verifier.passes} passes ahead of its reader`);
	await stream.return();
	await until(() => admission.openEdits === 0 && verifier.openSequences === 0);
});

test('a reader that goes on reading after a pause gets everything', async t => {
	const model = await byteModel(t, 100_000);
	const text = 'line\n'.repeat(400);
	const verifier = new TargetVerifier({target: [...model.tokenizer.encode(`${text}\`\`\``), model.endToken]});
	const {client} = await startServer(t, {model, verifier});
	let pieces = '';
	const options = {maxDraftTokens: 32, maxOutputTokens: 10_000};
	for await (const message of client.stream({...request, options})) {
		if (message.event === 'delta') {
			pieces += message.delta.text;
		}

		if (pieces.length % 500 < 5) {
			await new Promise(resolve => setTimeout(resolve, 20));
		}
	}

	t.is(pieces, text);
});

test('health follows the model', async t => {
	const model = await byteModel(t);
	const {address, server} = await startServer(t, {model, verifier: undefined});
	const {grpc} = loadPackageDefinition(loadProto(healthProto)) as unknown as {
		grpc: {health: {v1: {Health: new (...parameters: unknown[]) => Client}}};
	};
	const health = new grpc.health.v1.Health(address, credentials.createInsecure()) as Client & {
		check(request: object, callback: (error: Error | null, response: {status: string}) => void): void;
	};
	t.teardown(() => health.close());
	const check = (service: string) =>
		new Promise<string>((resolve, reject) => {
			health.check({service}, (error, response) => (error ? reject(error) : resolve(response.status)));
		});
	t.is(await check(''), 'NOT_SERVING');
	server.setServing(true);
	t.is(await check('redraft.v1.Redraft'), 'SERVING');
});

test('shutdown lets an open edit finish within the grace time', async t => {
	const model = await byteModel(t);
	const verifier = new TargetVerifier({
		target: [...model.tokenizer.encode('abcdef\n```'), model.endToken],
		passMs: 20,
	});
	const {client, server, admission} = await startServer(t, {model, verifier});
	const edit = client.edit({...request, options: plain});
	await until(() => admission.openEdits === 1);
	await Promise.all([server.stop(10_000), edit]);
	t.is((await edit).text, 'abcdef\n');
});

test('shutdown lets an edit finish that is open for longer than the pings of its connection', async t => {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode(`${'x'.repeat(60)}\n\`\`\``), model.endToken];
	const verifier = new TargetVerifier({target, passMs: 20});
	const {client, server, admission} = await startServer(t, {model, verifier, keepaliveMs: 200});
	const edit = client.edit({...request, options: plain});
	await until(() => admission.openEdits === 1);
	await Promise.all([server.stop(60_000), edit]);
	t.is((await edit).text, `${'x'.repeat(60)}\n`);
});

test('shutdown ends an edit that outlasts the grace time as unavailable, and frees it', async t => {
	const model = await byteModel(t);
	const verifier = new TargetVerifier({target: model.tokenizer.encode('x'.repeat(5000)), passMs: 20});
	const {client, server, admission} = await startServer(t, {model, verifier});
	const edit = t.throwsAsync(client.edit({...request, options: plain}));
	await until(() => admission.openEdits === 1);
	await server.stop(100);
	t.like(await edit, {code: status.UNAVAILABLE});
	t.is(verifier.openSequences, 0);
});

test('a connection that is cut frees the edit', async t => {
	const model = await byteModel(t);
	const verifier = new TargetVerifier({target: model.tokenizer.encode('x'.repeat(5000)), passMs: 10});
	const {address, admission} = await startServer(t, {model, verifier});
	const proxy = await startProxy(t, Number(address.split(':')[1]));
	const client = new RedraftClient(proxy.address, {maxAttempts: 1});
	t.teardown(() => client.close());
	const edit = t.throwsAsync(client.edit({...request, options: plain}));
	await until(() => admission.openEdits === 1);
	proxy.cut();
	t.like(await edit, {code: status.UNAVAILABLE});
	await until(() => admission.openEdits === 0 && verifier.openSequences === 0);
});

/** Forwards TCP connections until they are cut. */
async function startProxy(t: ExecutionContext, port: number): Promise<{address: string; cut(): void}> {
	const sockets: Socket[] = [];
	const proxy = createServer(incoming => {
		const outgoing = connect(port, '127.0.0.1');
		incoming.pipe(outgoing).pipe(incoming);
		for (const socket of [incoming, outgoing]) {
			socket.on('error', () => {});
			sockets.push(socket);
		}
	});
	const cut = () => {
		for (const socket of sockets) {
			socket.destroy();
		}

		proxy.close();
	};
	t.teardown(cut);
	await new Promise<void>(resolve => {
		proxy.listen(0, '127.0.0.1', resolve);
	});
	return {address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`, cut};
}
