import {type CertificateFiles, type Certificates, openCertificates} from './access/certificates.ts';
import {ClientTokens} from './access/client-tokens.ts';
import {ReloadedFiles} from './access/reloaded-files.ts';
import {type Config, ConfigError, settings} from './config.ts';
import {log} from './telemetry/log.ts';

const reloadIntervalMs = 2000;

/** The secrets of a service, read anew when their files change. Undefined: not asked for. */
export interface Security {
	/** Of the service itself, and the authority of its callers. */
	readonly certificates: ReloadedFiles<Certificates> | undefined;
	/** The authority of Triton, and what Triton is shown. */
	readonly tritonCertificates: ReloadedFiles<Certificates> | undefined;
	readonly tokens: ReloadedFiles<ClientTokens> | undefined;
	/** Stops reading. */
	close(): void;
}

/** @throws {ConfigError} names the variable, and what is wrong with its file */
export async function openSecurity(config: Config): Promise<Security> {
	const {tlsCertFile, tlsKeyFile, tlsClientCaFile, tokensFile} = config;
	const {tritonTlsCertFile, tritonTlsKeyFile, tritonTlsCaFile} = config;
	const own = {certFile: tlsCertFile, keyFile: tlsKeyFile, caFile: tlsClientCaFile};
	const triton = {certFile: tritonTlsCertFile, keyFile: tritonTlsKeyFile, caFile: tritonTlsCaFile};
	const certificates = await openPem(settings.tlsCertFile.variable, own);
	const tritonCertificates = await openPem(settings.tritonTlsCaFile.variable, triton);
	const tokens = tokensFile === undefined ? undefined : await openTokens(tokensFile);
	if (tokens && !certificates) {
		log('warning', 'tokens are asked for without TLS: they travel in plaintext');
	}

	return {
		certificates,
		tritonCertificates,
		tokens,
		close() {
			for (const files of [certificates, tritonCertificates, tokens]) {
				files?.close();
			}
		},
	};
}

async function openPem(
	variable: string,
	files: CertificateFiles,
): Promise<ReloadedFiles<Certificates> | undefined> {
	const isAsked = Object.values(files).some(path => path !== undefined);
	return isAsked ? openCertificates(files, reloadIntervalMs).catch(refuse(variable)) : undefined;
}

async function openTokens(path: string): Promise<ReloadedFiles<ClientTokens>> {
	const parse = ([content]: readonly Buffer[]) => ClientTokens.parse(content!.toString());
	return ReloadedFiles.open([path], parse, reloadIntervalMs).catch(refuse(settings.tokensFile.variable));
}

function refuse(variable: string): (error: Error) => never {
	return error => {
		throw new ConfigError(`${variable}: expected files that can be served, got ${error.message}`);
	};
}
