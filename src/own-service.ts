import {type Config, readConfig} from './config.ts';
import {RedraftClient} from './grpc/client.ts';
import {startService} from './service.ts';

/** What guards or shows a service that others share. */
const unshared = {
	httpListen: undefined,
	adminListen: undefined,
	tlsCertFile: undefined,
	tlsKeyFile: undefined,
	tlsClientCaFile: undefined,
	tokensFile: undefined,
} as const satisfies Partial<Config>;

/** How a program starts a service for itself. */
export interface OwnServiceOptions {
	/** The settings of the model are taken from it. @default the environment of this process */
	readonly variables?: Readonly<Record<string, string | undefined>>;
	/** Told of each step of the start, in words for a person. */
	readonly onProgress: (line: string) => void;
	/** Stops the start. */
	readonly signal: AbortSignal;
}

/**
 * Starts a service on a free port of loopback, without what only a shared one needs, lets something use it, and
 * stops it, whatever comes of the use.
 */
export async function withOwnService<Result>(
	{variables = process.env, onProgress, signal}: OwnServiceOptions,
	use: (client: RedraftClient) => Promise<Result>,
): Promise<Result> {
	const config = {...readConfig(variables), ...unshared, listen: '127.0.0.1:0'};
	const service = await startService(config, onProgress, signal);
	const client = new RedraftClient(service.address, {maxAttempts: 1});
	try {
		return await use(client);
	} finally {
		client.close();
		await service.stop();
	}
}
