import {createHash} from 'node:crypto';
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openCertificates} from '../../src/access/certificates.ts';
import {ClientTokens} from '../../src/access/client-tokens.ts';
import {ReloadedFiles} from '../../src/access/reloaded-files.ts';
import {namedServer} from '../../src/cli/named-server.ts';
import {TestAuthority, temporaryFolder} from '../helpers/certificates.ts';
import {edited, prepare, program, run} from './support.ts';

const token = 'a-token-of-this-test';
const reloadMs = 1000;

/** A server by TLS that asks for a certificate and a token, and what a caller needs. */
async function startGuarded(t: ExecutionContext) {
	const folder = await temporaryFolder(t);
	const authority = await TestAuthority.create(folder, 'authority');
	const [served, caller] = [await authority.sign('served'), await authority.sign('caller')];
	const certificates = await openCertificates({...served, caFile: authority.caFile}, reloadMs);
	const tokensFile = path.join(folder, 'tokens');
	await writeFile(tokensFile, `me ${createHash('sha256').update(token).digest('hex')}\n`);
	const parse = ([content]: readonly (Buffer | undefined)[]) => ClientTokens.parse(content!.toString());
	const tokens = await ReloadedFiles.open([tokensFile], parse, reloadMs);
	const prepared = await prepare(t, {server: {certificates, tokens}});
	t.teardown(() => {
		certificates.close();
		tokens.close();
	});
	const flags = ['--tls-ca', authority.caFile, '--tls-cert', caller.certFile, '--tls-key', caller.keyFile];
	return {...prepared, flags, authority, caller};
}

test('a service that asks for TLS, a certificate and a token is spoken to with all three', async t => {
	const {file, address, flags} = await startGuarded(t);
	const command = [...program, 'edit', file, '-i', 'Rename b to c.', '--server', address, ...flags];
	const served = await run(command, {REDRAFT_TOKEN: token}).ended;
	t.is(served.code, 0, served.stderr);
	t.is(served.stdout, edited);
	const refused = await run(command, {REDRAFT_TOKEN: ''}).ended;
	t.is(refused.code, 1);
	t.regex(refused.stderr, /UNAUTHENTICATED/);
});

test('files are read as they are, and a token without TLS is taken too', async t => {
	const {caller, authority} = await startGuarded(t);
	const flags = {server: 'host:1', tlsCa: authority.caFile, tlsCert: caller.certFile, tlsKey: caller.keyFile};
	t.deepEqual(await namedServer(flags, {REDRAFT_TOKEN: token}), {
		address: 'host:1',
		security: {
			ca: await readFile(authority.caFile),
			certificate: await readFile(caller.certFile),
			privateKey: await readFile(caller.keyFile),
			token,
		},
	});
	t.deepEqual(await namedServer({server: 'host:1'}, {REDRAFT_TOKEN: token}), {
		address: 'host:1',
		security: {token},
	});
});

test('without a named service there is none, whatever token there is', async t => {
	t.is(await namedServer({}, {REDRAFT_TOKEN: token}), undefined);
});

test('flags that do not fit together are wrong use, and the missing one is named', async t => {
	const wrong = [
		{flags: {tlsCa: 'ca'}, missing: '--server'},
		{flags: {server: 'a:1', tlsCert: 'cert', tlsCa: 'ca'}, missing: '--tls-key and --tls-ca'},
		{flags: {server: 'a:1', tlsKey: 'key', tlsCa: 'ca'}, missing: '--tls-cert'},
		{flags: {server: 'a:1', tlsCert: 'cert', tlsKey: 'key'}, missing: '--tls-key and --tls-ca'},
	];
	for (const {flags, missing} of wrong) {
		const message = `TLS: expected ${missing} as well, got nothing`;
		await t.throwsAsync(namedServer(flags, {}), {name: 'UsageError', message});
	}
});

test('a file that is not there is named', async t => {
	const flags = {server: 'a:1', tlsCa: '/nowhere/ca.pem'};
	await t.throwsAsync(namedServer(flags, {}), {message: /\/nowhere\/ca\.pem/});
});
