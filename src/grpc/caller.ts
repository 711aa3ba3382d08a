import type {Metadata} from '@grpc/grpc-js';
import {certifiedClient} from '../access/client-tokens.ts';
import {hostOf} from '../addresses/host-port.ts';
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
		client: clientOf(call.metadata) ?? certifiedClient(call.getAuthContext().sslPeerCertificate?.subject.CN),
		// One machine is one caller, however many connections it has.
		peer: hostOf(call.getPeer()),
		traceHeaders: traceHeadersOf(call.metadata),
	};
}

function traceHeadersOf(metadata: Metadata): Record<string, string> {
	const values = ['traceparent', 'tracestate'].flatMap(name =>
		metadata.get(name).map(value => [name, String(value)] as const),
	);
	return Object.fromEntries(values);
}
