import {copyFile, readFile, rename, rm, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openCertificates} from '../../src/access/certificates.ts';
import {type CertificatePair, TestAuthority, temporaryFolder} from '../helpers/certificates.ts';
import {until} from '../helpers/start-server.ts';

const intervalMs = 10;

async function createAuthority(t: ExecutionContext) {
	const folder = await temporaryFolder(t);
	return {folder, authority: await TestAuthority.create(folder, 'authority')};
}

async function open(t: ExecutionContext, files: Parameters<typeof openCertificates>[0]) {
	const opened = await openCertificates(files, intervalMs);
	t.teardown(() => opened.close());
	return opened;
}

async function copyPair(from: CertificatePair, to: CertificatePair): Promise<void> {
	await copyFile(from.keyFile, to.keyFile);
	await copyFile(from.certFile, to.certFile);
}

test('a pair and an authority are read', async t => {
	const {authority} = await createAuthority(t);
	const pair = await authority.sign('server');
	const {current} = await open(t, {...pair, caFile: authority.caFile});
	t.deepEqual(current.identity, {
		certificate: await readFile(pair.certFile),
		privateKey: await readFile(pair.keyFile),
	});
	t.deepEqual(current.ca, await readFile(authority.caFile));
});

test('what cannot be served is refused with its file: missing, no certificate, another key, expired', async t => {
	const {folder, authority} = await createAuthority(t);
	const [first, second] = [await authority.sign('first'), await authority.sign('second')];
	const noise = path.join(folder, 'noise.pem');
	await writeFile(noise, 'not a certificate');
	await t.throwsAsync(openCertificates({...first, certFile: '/nowhere.crt'}, intervalMs), {
		message: /\/nowhere\.crt/,
	});
	await t.throwsAsync(openCertificates({...first, certFile: noise}, intervalMs), {
		message: `${noise}: expected a certificate in PEM, got something else`,
	});
	await t.throwsAsync(openCertificates({caFile: noise}, intervalMs), {
		message: /expected a certificate in PEM/,
	});
	await t.throwsAsync(openCertificates({...first, keyFile: second.keyFile}, intervalMs), {
		message: /second\.key: expected the key of the certificate in .*first\.crt/,
	});
	const expired = await authority.sign('expired', -1);
	await t.throwsAsync(openCertificates(expired, intervalMs), {message: /expired\.crt: .*still valid/});
});

test('a new pair takes the place of the old one, also where the folder is swapped by a link', async t => {
	const {folder, authority} = await createAuthority(t);
	await authority.sign('tls');
	const next = await TestAuthority.create(folder, 'next');
	await next.sign('tls');
	const link = path.join(folder, 'mounted');
	await symlink(path.join(folder, 'authority'), link);
	const files = {certFile: path.join(link, 'tls.crt'), keyFile: path.join(link, 'tls.key')};
	const opened = await open(t, files);
	const before = opened.current;
	await symlink(path.join(folder, 'next'), `${link}-new`);
	await rename(`${link}-new`, link);
	await until(() => opened.current !== before);
	t.deepEqual(opened.current.identity?.certificate, await readFile(files.certFile));
});

test('the last good pair stays while the files are missing or do not fit, and the next good one is taken', async t => {
	const {authority} = await createAuthority(t);
	const [served, other] = [await authority.sign('served'), await authority.sign('other')];
	const opened = await open(t, served);
	const before = opened.current;
	const changes: unknown[] = [];
	opened.onChange(change => changes.push(change));
	await rm(served.keyFile);
	await passReloads();
	t.is(opened.current, before);
	await copyFile(other.keyFile, served.keyFile);
	await passReloads();
	t.is(opened.current, before);
	await copyPair(other, served);
	await until(() => opened.current !== before);
	t.deepEqual(opened.current.identity?.certificate, await readFile(other.certFile));
	t.is(changes.length, 1);
});

/** Long enough for several looks at the files; a slower machine makes the test weaker, never wrong. */
async function passReloads(): Promise<void> {
	await new Promise(resolve => setTimeout(resolve, 10 * intervalMs));
}
