import {checkServerIdentity} from 'node:tls';
import {type ChannelCredentials, experimental} from '@grpc/grpc-js';
import {CertificateProvider} from '../access/certificate-provider.ts';
import type {Certificates} from '../access/certificates.ts';
import type {ReloadedFiles} from '../access/reloaded-files.ts';

/**
 * TLS towards Triton by certificates that may change: open connections keep theirs, new ones get the newest.
 * @param files with the authority that signed Triton's certificate; a certificate and its key where it asks for one
 * @param serverName that the certificate must be for, where Triton is reached by an address that a name stands for
 */
export function channelCredentials(
	files: ReloadedFiles<Certificates>,
	serverName?: string,
): ChannelCredentials {
	const provider = new CertificateProvider(files);
	const hasIdentity = files.current.identity !== undefined;
	return experimental.createCertificateProviderChannelCredentials(
		provider,
		hasIdentity ? provider : null,
		serverName === undefined
			? {}
			: {checkServerIdentity: (_address, certificate) => checkServerIdentity(serverName, certificate)},
	);
}
