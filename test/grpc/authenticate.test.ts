import {createHash} from 'node:crypto';
import {writeFile} from 'node:fs/promises';
import {connect} from 'node:http2';
import path from 'node:path';
import {Client, credentials, Metadata, type ServiceError, status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {ClientTokens} from '../../src/access/client-tokens.ts';
import {ReloadedFiles} from '../../src/access/reloaded-files.ts';
import {RedraftClient} from '../../src/grpc/client.ts';
import {ServiceMetrics} from '../../src/telemetry/metrics/service-metrics.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {temporaryFolder} from '../helpers/certificates.ts';
import {GatedVerifier} from '../helpers/gated-verifier.ts';
import {startServer, until} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

const request = {original: 'a\nb\n', instruction: 'Change nothing.'};
const answer = 'abcdefgh\n'.repeat(8);
const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');

async function startGuarded(t: ExecutionContext, lines: string, hasReflection = true) {
	const file = path.join(await temporaryFolder(t), 'tokens');
	await writeFile(file, lines);
	const tokens = await ReloadedFiles.open([file], ([content]) => ClientTokens.parse(content!.toString()), 10);
	t.teardown(() => tokens.close());
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode(`${answer}\`\`\``), model.endToken];
	const verifier = new TargetVerifier({target});
	const gate = new GatedVerifier(verifier);
	const observer = new ServiceMetrics();
	const started = await startServer(t, {model, verifier: gate, tokens, observer, hasReflection});
	const connectClient = (token?: string) => {
		const client = new RedraftClient(started.address, {maxAttempts: 1, ...(token !== undefined && {token})});
		t.teardown(() => client.close());
		return client;
	};
	return {...started, file, tokens, observer, verifier, gate, connectClient};
}

/** Asks a method for nothing in particular; its status. */
async function ask(t: ExecutionContext, address: string, method: string, token?: string): Promise<status> {
	const client = new Client(address, credentials.createInsecure());
	t.teardown(() => client.close());
	const metadata = new Metadata();
	if (token !== undefined) {
		metadata.set('authorization', `Bearer ${token}`);
	}

	const same = (bytes: Buffer) => bytes;
	return new Promise(resolve => {
		const call = client.makeServerStreamRequest(method, same, same, Buffer.alloc(0), metadata);
		call.on('error', (error: ServiceError) => resolve(error.code));
		call.on('data', () => resolve(status.OK));
		call.on('end', () => resolve(status.OK));
	});
}

test('a known token lets an edit in; none, a wrong one and its own digest do not', async t => {
	const {connectClient, verifier} = await startGuarded(t, `ci ${sha256('secret')}\n`);
	t.is((await connectClient('secret').edit(request)).text, answer);
	const passes = verifier.passes;
	for (const token of [undefined, '', 'Secret', 'secret secret', sha256('secret')]) {
		const error = await t.throwsAsync(connectClient(token).edit(request));
		t.like(error, {code: status.UNAUTHENTICATED});
		t.false(error.message.includes(token || 'secret'));
	}

	t.is(verifier.passes, passes);
});

test('a call without a token is ended while nothing of its message has come', async t => {
	const {address, observer} = await startGuarded(t, `ci ${sha256('secret')}\n`);
	const session = connect(`http://${address}`);
	t.teardown(() => session.destroy());
	const stream = session.request({
		':method': 'POST',
		':path': '/redraft.v1.Redraft/ApplyEdit',
		'content-type': 'application/grpc',
		te: 'trailers',
	});
	const headers = await new Promise<Record<string, unknown>>(resolve => stream.once('response', resolve));
	t.is(headers['grpc-status'], String(status.UNAUTHENTICATED));
	t.regex(await observer.text(), /^redraft_refused_total\{reason="unauthenticated"\} 1$/m);
});

test('a token file that changes in the middle of a stream keeps the stream, and holds for new calls', async t => {
	const {admission, connectClient, file, gate, tokens} = await startGuarded(t, `ci ${sha256('old')}\n`);
	gate.closeGate();
	const edit = connectClient('old').edit(request);
	await until(() => admission.openEdits === 1);
	const before = tokens.current;
	await writeFile(file, `ci ${sha256('new')}\n`);
	await until(() => tokens.current !== before);
	t.like(await t.throwsAsync(connectClient('old').edit(request)), {code: status.UNAUTHENTICATED});
	t.is(admission.openEdits, 1);
	gate.openGate();
	t.is((await connectClient('new').edit(request)).text, answer);
	t.is((await edit).text, answer);
});

test('a token file that cannot be read any more leaves the last good one in force', async t => {
	const {connectClient, file} = await startGuarded(t, `ci ${sha256('secret')}\n`);
	await writeFile(file, 'ci not-a-digest\n');
	await new Promise(resolve => setTimeout(resolve, 100));
	t.is((await connectClient('secret').edit(request)).text, answer);
});

test('health is open, reflection asks for a token, and is not there where it is turned off', async t => {
	const health = '/grpc.health.v1.Health/Check';
	const reflection = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
	const open = await startGuarded(t, `ci ${sha256('secret')}\n`);
	t.is(await ask(t, open.address, health), status.OK);
	t.is(await ask(t, open.address, reflection), status.UNAUTHENTICATED);
	t.is(await ask(t, open.address, reflection, 'secret'), status.OK);
	const closed = await startGuarded(t, `ci ${sha256('secret')}\n`, false);
	t.is(await ask(t, closed.address, reflection, 'secret'), status.UNIMPLEMENTED);
});

test('a client beyond its limits is told when to ask again, others are served meanwhile', async t => {
	const lines = `ci ${sha256('one')} 1\neditor ${sha256('two')} 4 100\n`;
	const {admission, connectClient, gate, observer} = await startGuarded(t, lines);
	gate.closeGate();
	const edit = connectClient('one').edit(request);
	await until(() => admission.openEdits === 1);
	const crowded = (await t.throwsAsync(connectClient('one').edit(request))) as unknown as ServiceError;
	t.is(crowded.code, status.RESOURCE_EXHAUSTED);
	t.deepEqual(crowded.metadata.get('grpc-retry-pushback-ms'), ['1000']);
	gate.openGate();
	t.is((await connectClient('two').edit(request)).text, answer);
	const spent = (await t.throwsAsync(connectClient('two').edit(request))) as unknown as ServiceError;
	t.is(spent.code, status.RESOURCE_EXHAUSTED);
	const [pushback] = spent.metadata.get('grpc-retry-pushback-ms');
	t.true(Number(pushback) > 1000 && Number(pushback) <= 60_000);
	t.is((await edit).text, answer);
	t.is((await connectClient('one').edit(request)).text, answer);
	t.regex(await observer.text(), /^redraft_refused_total\{reason="rate_limited"\} 2$/m);
});
