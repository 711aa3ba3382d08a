import type {TLSSocket} from 'node:tls';
import {type Client, type ClientTokens, certifiedClient} from '../access/client-tokens.ts';
import type {Caller} from '../edit/admission.ts';
import type {HttpContext} from './call.ts';
import {HttpError} from './http-error.ts';

const bearer = /^bearer +(\S+) *$/i;

/**
 * Who makes a call: by its API key, which is a bearer token, else by its certificate; and in which trace.
 * @param tokens those that are known now; undefined where none is asked for
 * @throws {HttpError} a token is asked for and none that is known came
 */
export function callerOf(context: HttpContext, tokens: ClientTokens | undefined): Caller {
	const client = tokens ? clientOf(context, tokens) : certifiedClient(certifiedName(context));
	const peer = context.env.incoming.socket.remoteAddress;
	return {client, peer, traceHeaders: traceHeadersOf(context)};
}

function clientOf(context: HttpContext, tokens: ClientTokens): Client {
	const [, token] = bearer.exec(context.req.header('authorization') ?? '') ?? [];
	const client = token === undefined ? undefined : tokens.find(token);
	if (client === undefined) {
		const message = 'authorization: expected "Bearer" and a known API key, got none';
		throw new HttpError(401, message, {type: 'authentication_error', code: 'invalid_api_key'});
	}

	return client;
}

/** What the caller's certificate says of its name, where one was asked for and is good. */
function certifiedName(context: HttpContext): unknown {
	const socket = context.env.incoming.socket as Partial<TLSSocket>;
	return socket.authorized ? socket.getPeerCertificate?.().subject?.CN : undefined;
}

function traceHeadersOf(context: HttpContext): Record<string, string> {
	const names = ['traceparent', 'tracestate'];
	return Object.fromEntries(
		names.flatMap(name => {
			const value = context.req.header(name);
			return value === undefined ? [] : [[name, value]];
		}),
	);
}
