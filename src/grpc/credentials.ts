import {experimental, type ServerCredentials} from '@grpc/grpc-js';
import {CertificateProvider} from '../access/certificate-provider.ts';
import type {Certificates} from '../access/certificates.ts';
import type {ReloadedFiles} from '../access/reloaded-files.ts';

/**
 * TLS by certificates that may change: open connections keep theirs, new ones get the newest. Where there is one
 * of an authority, callers must present a certificate that it signed.
 * @param files with a certificate and its key
 */
export function serverCredentials(files: ReloadedFiles<Certificates>): ServerCredentials {
	const provider = new CertificateProvider(files);
	const hasAuthority = files.current.ca !== undefined;
	// The declared names of the first two parameters are swapped: the identity comes first.
	return experimental.createCertificateProviderServerCredentials(
		provider,
		hasAuthority ? provider : null,
		hasAuthority,
	);
}
