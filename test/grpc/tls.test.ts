import {execFile} from 'node:child_process';
import {copyFile, readFile, rm} from 'node:fs/promises';
import {promisify} from 'node:util';
import {status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {type CertificateFiles, openCertificates} from '../../src/access/certificates.ts';
import {type ClientSecurity, RedraftClient} from '../../src/grpc/client.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {
	type CertificatePair,
	identity,
	shownName,
	TestAuthority,
	temporaryFolder,
} from '../helpers/certificates.ts';
import {GatedVerifier} from '../helpers/gated-verifier.ts';
import {startServer, until} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

const reloadMs = 10;
const request = {original: 'a\nb\n', instruction: 'Change nothing.'};
const plain = {speculation: false, maxOutputTokens: 10_000};
const answer = 'abcdefgh\n'.repeat(8);

/** A server by TLS whose model writes `answer`. */
async function startTls(t: ExecutionContext, files: CertificateFiles) {
	const certificates = await openCertificates(files, reloadMs);
	t.teardown(() => certificates.close());
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode(`${answer}\`\`\``), model.endToken];
	const verifier = new GatedVerifier(new TargetVerifier({target}));
	const {address, admission} = await startServer(t, {model, verifier, certificates});
	const connectClient = (security: ClientSecurity) => {
		const client = new RedraftClient(address, {...security, maxAttempts: 1});
		t.teardown(() => client.close());
		return client;
	};
	return {address, admission, certificates, verifier, connectClient};
}

async function createAuthority(t: ExecutionContext) {
	const folder = await temporaryFolder(t);
	const authority = await TestAuthority.create(folder, 'authority');
	const served = await authority.sign('served');
	return {folder, authority, served, ca: await readFile(authority.caFile)};
}

async function replace(pair: CertificatePair, next: CertificatePair): Promise<void> {
	await copyFile(next.keyFile, pair.keyFile);
	await copyFile(next.certFile, pair.certFile);
}

test('a certificate that is rotated in the middle of a stream keeps the stream, and new connections get it', async t => {
	const {authority, served, ca} = await createAuthority(t);
	const {address, admission, certificates, verifier, connectClient} = await startTls(t, served);
	t.is(await shownName(address, ca), 'served');
	verifier.closeGate();
	const edit = connectClient({ca}).edit(request);
	await until(() => admission.openEdits === 1);
	const before = certificates.current;
	await replace(served, await authority.sign('next'));
	await until(() => certificates.current !== before);
	t.is(await shownName(address, ca), 'next');
	t.is(admission.openEdits, 1);
	verifier.openGate();
	t.is((await edit).text, answer);
});

test('a pair that does not fit, or is gone, leaves the last good one in service', async t => {
	const {authority, served, ca} = await createAuthority(t);
	const {address, connectClient} = await startTls(t, served);
	const other = await authority.sign('other');
	await copyFile(other.keyFile, served.keyFile);
	await passReloads();
	t.is(await shownName(address, ca), 'served');
	await rm(served.certFile);
	await passReloads();
	t.is(await shownName(address, ca), 'served');
	t.is((await connectClient({ca}).edit(request)).text, answer);
});

test('a caller must show a certificate of the authority that is still valid', async t => {
	const {folder, authority, served, ca} = await createAuthority(t);
	const stranger = await TestAuthority.create(folder, 'stranger');
	const {connectClient} = await startTls(t, {...served, caFile: authority.caFile});
	const refused = {code: status.UNAVAILABLE};
	const edit = (security: ClientSecurity) => connectClient(security).edit(request, {timeoutMs: 10_000});
	t.is((await edit({ca, ...(await identity(await authority.sign('caller')))})).text, answer);
	t.like(await t.throwsAsync(edit({ca})), refused);
	t.like(await t.throwsAsync(edit({ca, ...(await identity(await stranger.sign('caller')))})), refused);
	t.like(await t.throwsAsync(edit({ca, ...(await identity(await authority.sign('late', -1)))})), refused);
});

test('a client refuses a server of another authority', async t => {
	const {folder, served} = await createAuthority(t);
	const stranger = await TestAuthority.create(folder, 'stranger');
	const {connectClient} = await startTls(t, served);
	const client = connectClient({ca: await readFile(stranger.caFile)});
	t.like(await t.throwsAsync(client.edit(request, {timeoutMs: 10_000})), {code: status.UNAVAILABLE});
});

test('plaintext is not answered where TLS is asked for', async t => {
	const {served} = await createAuthority(t);
	const {connectClient} = await startTls(t, served);
	const edit = connectClient({}).edit({...request, options: plain}, {timeoutMs: 10_000});
	t.like(await t.throwsAsync(edit), {code: status.UNAVAILABLE});
});

/** Long enough for several looks at the files; a slower machine makes the test weaker, never wrong. */
async function passReloads(): Promise<void> {
	await new Promise(resolve => setTimeout(resolve, 10 * reloadMs));
}

test('without an authority of its own a client trusts those of the machine', async t => {
	const {served, authority} = await createAuthority(t);
	const {address} = await startTls(t, served);
	const program = `
		import {RedraftClient} from ${JSON.stringify(import.meta.resolve('../../src/grpc/client.ts'))};
		const client = new RedraftClient(${JSON.stringify(address)}, {tls: true, maxAttempts: 1});
		process.stdout.write((await client.edit(${JSON.stringify(request)})).text);
		client.close();`;
	const args = ['--import=tsx/esm', '--input-type=module', '--eval', program];
	// As grpc-js is told of the machine's authorities where they lie elsewhere.
	const env = {...process.env, GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: authority.caFile};
	t.is((await promisify(execFile)(process.execPath, args, {env})).stdout, answer);
});
