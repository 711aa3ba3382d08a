import {Metadata, status} from '@grpc/grpc-js';
import {type ErrorKind, RedraftError} from '../errors/errors.ts';

const codes: Readonly<Record<ErrorKind, status>> = {
	invalid_argument: status.INVALID_ARGUMENT,
	resource_exhausted: status.RESOURCE_EXHAUSTED,
	unavailable: status.UNAVAILABLE,
	cancelled: status.CANCELLED,
	internal: status.INTERNAL,
};

/** What a caller is told: the gRPC code and a message without internals. */
export interface ErrorStatus {
	readonly code: status;
	readonly details: string;
	/** Trailers; tells a client when to repeat the call, where that is known. */
	readonly metadata?: Metadata;
}

/**
 * Maps anything caught to what the caller is told: known failures keep their message, anything else leaves as
 * INTERNAL with a neutral one, because its text may hold file contents or paths.
 */
export function toStatus(error: unknown): ErrorStatus {
	if (error instanceof RedraftError) {
		const {kind, message, retryAfterMs} = error;
		return {code: codes[kind], details: message, ...(retryAfterMs && {metadata: pushback(retryAfterMs)})};
	}

	return {code: status.INTERNAL, details: 'internal error; see the log of the service'};
}

/** The wait that a gRPC client's retry policy keeps. */
function pushback(retryAfterMs: number): Metadata {
	const metadata = new Metadata();
	metadata.set('grpc-retry-pushback-ms', String(Math.ceil(retryAfterMs)));
	return metadata;
}
