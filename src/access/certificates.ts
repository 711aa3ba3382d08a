import {X509Certificate} from 'node:crypto';
import {createSecureContext} from 'node:tls';
import {ReloadedFiles} from './reloaded-files.ts';

/** Files in PEM. A certificate and its key come together; the one of the authority is for the other side's. */
export interface CertificateFiles {
	readonly certFile?: string | undefined;
	readonly keyFile?: string | undefined;
	readonly caFile?: string | undefined;
}

/** The contents of the files, checked. */
export interface Certificates {
	readonly identity: {readonly certificate: Buffer; readonly privateKey: Buffer} | undefined;
	readonly ca: Buffer | undefined;
}

/**
 * Reads the certificates and reads them again when they change.
 * @throws {Error} names the file, what was expected and what came
 */
export async function openCertificates(
	{certFile, keyFile, caFile}: CertificateFiles,
	intervalMs: number,
): Promise<ReloadedFiles<Certificates>> {
	const paths = [certFile, keyFile, caFile].filter(path => path !== undefined);
	const contentOf = (path: string | undefined, contents: readonly Buffer[]) =>
		path === undefined ? undefined : contents[paths.indexOf(path)];
	return ReloadedFiles.open(
		paths,
		contents => {
			const certificate = contentOf(certFile, contents);
			const privateKey = contentOf(keyFile, contents);
			const ca = contentOf(caFile, contents);
			if (certificate !== undefined && privateKey !== undefined) {
				checkCertificate(certFile!, certificate);
				checkPair(certFile!, keyFile!, certificate, privateKey);
			}

			if (ca !== undefined) {
				checkCertificate(caFile!, ca);
			}

			return {identity: certificate && privateKey && {certificate, privateKey}, ca};
		},
		intervalMs,
	);
}

function checkCertificate(path: string, pem: Buffer): void {
	let certificate: X509Certificate;
	try {
		certificate = new X509Certificate(pem);
	} catch {
		throw new Error(`${path}: expected a certificate in PEM, got something else`);
	}

	if (new Date(certificate.validTo).getTime() < Date.now()) {
		throw new Error(
			`${path}: expected a certificate that is still valid, got one that expired ${certificate.validTo}`,
		);
	}
}

function checkPair(certFile: string, keyFile: string, cert: Buffer, key: Buffer): void {
	try {
		createSecureContext({cert, key});
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		throw new Error(
			`${keyFile}: expected the key of the certificate in ${certFile}, got ${code ?? 'another'}`,
		);
	}
}
