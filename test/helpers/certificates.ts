import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {connect, type PeerCertificate} from 'node:tls';
import {promisify} from 'node:util';
import type {ExecutionContext} from 'ava';

const run = promisify(execFile);

/** Paths of a certificate and its key, in PEM. */
export interface CertificatePair {
	readonly certFile: string;
	readonly keyFile: string;
}

/** A folder of the test's own, removed with it. */
export async function temporaryFolder(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'redraft-test-'));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	return folder;
}

/** A certificate authority that signs with the machine's openssl. */
export class TestAuthority {
	readonly caFile: string;
	readonly #folder: string;

	private constructor(folder: string) {
		this.#folder = folder;
		this.caFile = path.join(folder, 'authority.crt');
	}

	static async create(parent: string, name: string): Promise<TestAuthority> {
		const folder = path.join(parent, name);
		await mkdir(folder, {recursive: true});
		const authority = new TestAuthority(folder);
		const {certFile, keyFile} = authority.#pathsOf('authority');
		await openssl(`req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2`, [
			['-subj', `/CN=${name}`],
			['-keyout', keyFile],
			['-out', certFile],
		]);
		return authority;
	}

	/** @param days validity from now on; negative: expired as many days ago */
	async sign(commonName: string, days = 2): Promise<CertificatePair> {
		const {certFile, keyFile} = this.#pathsOf(commonName);
		const requestFile = path.join(this.#folder, `${commonName}.csr`);
		const extensionFile = path.join(this.#folder, `${commonName}.ext`);
		await writeFile(extensionFile, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
		await openssl('req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes', [
			['-subj', `/CN=${commonName}`],
			['-keyout', keyFile],
			['-out', requestFile],
		]);
		const authority = this.#pathsOf('authority');
		await openssl('x509 -req -CAcreateserial', [
			['-in', requestFile],
			['-CA', authority.certFile],
			['-CAkey', authority.keyFile],
			['-extfile', extensionFile],
			['-days', String(days)],
			['-out', certFile],
		]);
		return {certFile, keyFile};
	}

	#pathsOf(name: string): CertificatePair {
		return {
			certFile: path.join(this.#folder, `${name}.crt`),
			keyFile: path.join(this.#folder, `${name}.key`),
		};
	}
}

async function openssl(words: string, options: readonly (readonly [string, string])[]): Promise<void> {
	await run('openssl', [...words.split(' '), ...options.flat()]);
}

/** What a client shows of a pair, as `RedraftClient` takes it. */
export async function identity({certFile, keyFile}: CertificatePair) {
	return {certificate: await readFile(certFile), privateKey: await readFile(keyFile)};
}

/** Common name of the certificate that a new connection is shown. */
export async function shownName(address: string, ca: Buffer): Promise<string> {
	const [host, port] = address.split(':');
	const socket = connect({host: host!, port: Number(port), ca, ALPNProtocols: ['h2']});
	const certificate = await new Promise<PeerCertificate>((resolve, reject) => {
		socket.once('secureConnect', () => resolve(socket.getPeerCertificate()));
		socket.once('error', reject);
	});
	socket.destroy();
	return String(certificate.subject.CN);
}
