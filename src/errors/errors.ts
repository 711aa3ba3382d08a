import {status} from '@grpc/grpc-js';

/** A failure that a caller can act on. `code` is the gRPC status it leaves the service with. */
export abstract class RedraftError extends Error {
	abstract readonly code: status;
}

/** A field of the request is missing or out of range. */
export class InvalidRequestError extends RedraftError {
	override readonly name = 'InvalidRequestError';
	readonly code = status.INVALID_ARGUMENT;

	/** @param field name as in the proto; the message reads `field: expected …, got …` */
	constructor(field: string, expected: string, got: string) {
		super(`${field}: expected ${expected}, got ${got}`);
	}
}

/** The service is at its limit of open edits. */
export class TooManyEditsError extends RedraftError {
	override readonly name = 'TooManyEditsError';
	readonly code = status.RESOURCE_EXHAUSTED;

	constructor(maxOpenEdits: number) {
		super(`open edits: expected at most ${maxOpenEdits} at a time, all are in use; try again later`);
	}
}

/** The model cannot be reached, is not ready, or is shutting down. */
export class VerifierUnavailableError extends RedraftError {
	override readonly name = 'VerifierUnavailableError';
	readonly code = status.UNAVAILABLE;
}

/** The sequence's KV cache is gone or in an unknown state; the edit may be repeated as a new one. */
export class SequenceLostError extends RedraftError {
	override readonly name = 'SequenceLostError';
	readonly code = status.UNAVAILABLE;
}

/** The model's side broke its contract or failed inside. */
export class VerifierFailedError extends RedraftError {
	override readonly name = 'VerifierFailedError';
	readonly code = status.INTERNAL;
}

/** The model refused the request itself, for example because the prompt is too long for it. */
export class VerifierRefusedError extends RedraftError {
	override readonly name = 'VerifierRefusedError';
	readonly code = status.INVALID_ARGUMENT;
}

/** The caller cancelled, or its deadline passed. */
export class EditCancelledError extends RedraftError {
	override readonly name = 'EditCancelledError';
	readonly code = status.CANCELLED;

	constructor() {
		super('the caller cancelled the edit');
	}
}

/** What a caller is told: the gRPC code and a message without internals. */
export interface ErrorStatus {
	readonly code: status;
	readonly details: string;
}

/**
 * Maps anything caught to what the caller is told: known failures keep their code and message, anything else
 * leaves as INTERNAL with a neutral message, because its text may hold file contents or paths.
 */
export function toStatus(error: unknown): ErrorStatus {
	if (error instanceof RedraftError) {
		return {code: error.code, details: error.message};
	}

	return {code: status.INTERNAL, details: 'internal error; see the log of the service'};
}
