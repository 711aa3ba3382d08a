import type {Metadata} from '@grpc/grpc-js';
import type {Client} from '../access/client-tokens.ts';
import type {Caller} from '../edit/admission.ts';
import {clientOf} from './authenticate.ts';

/** What of a call tells who makes it. */
interface Call {
	readonly metadata: Metadata;
	getPeer(): string;
	getAuthContext(): {sslPeerCertificate?: {subject: {CN?: string | string[]}}};
}

/** Who makes a call: by its token, else by its certificate; and in which trace. */
export function callerOf(call: Call): Caller {
	return {
		client: clientOf(call.metadata) ?? certifiedClient(call),
		peer: hostOf(call.getPeer()),
		traceHeaders: traceHeadersOf(call.metadata),
	};
}

/** One machine is one caller, however many connections it has. */
function hostOf(peer: string): string {
	return peer.slice(0, peer.lastIndexOf(':'));
}

/** A client that is known by its certificate alone has no limits of its own. */
function certifiedClient(call: Call): Client | undefined {
	const name = call.getAuthContext().sslPeerCertificate?.subject.CN;
	return typeof name === 'string' ? {name, maxConcurrent: undefined, tokensPerMinute: undefined} : undefined;
}

function traceHeadersOf(metadata: Metadata): Record<string, string> {
	const values = ['traceparent', 'tracestate'].flatMap(name =>
		metadata.get(name).map(value => [name, String(value)] as const),
	);
	return Object.fromEntries(values);
}
