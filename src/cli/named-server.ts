import {readFile} from 'node:fs/promises';
import {Option} from 'commander';
import type {ClientSecurity} from '../grpc/client.ts';
import {UsageError} from './exit-codes.ts';

/** A running service that the command line names, and how it is spoken to. */
export interface NamedServer {
	/** `host:port` */
	readonly address: string;
	readonly security: ClientSecurity;
}

export interface ServerFlags {
	readonly server?: string;
	readonly tlsCa?: string;
	readonly tlsCert?: string;
	readonly tlsKey?: string;
}

export const serverOptions: readonly Option[] = [
	new Option('-s, --server <host:port>', 'a running service (default: start one for this call)'),
	new Option('--tls-ca <file>', 'authority that signed the certificate of the service; speaks TLS'),
	new Option('--tls-cert <file>', 'certificate to show to the service'),
	new Option('--tls-key <file>', 'its private key'),
];

/**
 * The service that is named; undefined where none is. Its token stands in `REDRAFT_TOKEN`: a command line can be
 * read by everybody on the machine.
 * @throws {UsageError} the flags do not fit together
 */
export async function namedServer(
	{server, tlsCa, tlsCert, tlsKey}: ServerFlags,
	variables: NodeJS.ProcessEnv = process.env,
): Promise<NamedServer | undefined> {
	if (server === undefined) {
		expect(
			'--server',
			[tlsCa, tlsCert, tlsKey].every(file => file === undefined),
		);
		return undefined;
	}

	expect('--tls-key and --tls-ca', tlsCert === undefined || (tlsKey !== undefined && tlsCa !== undefined));
	expect('--tls-cert', tlsKey === undefined || tlsCert !== undefined);
	const token = variables.REDRAFT_TOKEN || undefined;
	const [ca, certificate, privateKey] = await Promise.all([tlsCa, tlsCert, tlsKey].map(read));
	const security = {
		...(ca !== undefined && {ca}),
		...(certificate !== undefined && {certificate}),
		...(privateKey !== undefined && {privateKey}),
		...(token !== undefined && {token}),
	};
	return {address: server, security};
}

function expect(missing: string, isFitting: boolean): void {
	if (!isFitting) {
		throw new UsageError(`TLS: expected ${missing} as well, got nothing`);
	}
}

async function read(file: string | undefined): Promise<Buffer | undefined> {
	return file === undefined ? undefined : readFile(file);
}
