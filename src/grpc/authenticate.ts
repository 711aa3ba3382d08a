import {
	type Metadata,
	ServerInterceptingCall,
	type ServerInterceptingCallInterface,
	type ServerInterceptor,
	ServerListenerBuilder,
	status,
} from '@grpc/grpc-js';
import type {Client, ClientTokens} from '../access/client-tokens.ts';

const healthPath = '/grpc.health.v1.Health/';
const scheme = 'bearer ';

/** By the metadata of a call: what a caller sends cannot stand in it. */
const clients = new WeakMap<Metadata, Client>();

/** The client whose token a call carried; undefined where tokens are not asked for. */
export function clientOf(metadata: Metadata): Client | undefined {
	return clients.get(metadata);
}

/**
 * Refuses calls without a known bearer token with UNAUTHENTICATED before a message of them is read. Health stays
 * open: a probe has no token.
 * @param tokens those that are known now
 */
export function authenticate(tokens: () => ClientTokens, onRefused: () => void): ServerInterceptor {
	return ({path}, call) => {
		if (path.startsWith(healthPath)) {
			return new ServerInterceptingCall(call);
		}

		const listener = new ServerListenerBuilder()
			.withOnReceiveMetadata((metadata, next) => {
				const client = findClient(metadata, tokens());
				metadata.remove('authorization');
				if (client === undefined) {
					onRefused();
					refuse(call);
					return;
				}

				clients.set(metadata, client);
				next(metadata);
			})
			.build();
		return new ServerInterceptingCall(call, {start: next => next(listener)});
	};
}

function findClient(metadata: Metadata, tokens: ClientTokens): Client | undefined {
	const given = metadata.get('authorization');
	const [header] = given;
	if (given.length !== 1 || typeof header !== 'string' || !header.toLowerCase().startsWith(scheme)) {
		return undefined;
	}

	return tokens.find(header.slice(scheme.length).trim());
}

function refuse(call: ServerInterceptingCallInterface): void {
	call.sendStatus({
		code: status.UNAUTHENTICATED,
		details: 'authorization: expected "Bearer" and a known token, got none',
	});
}
