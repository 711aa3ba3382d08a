/** What a failure means to a caller, in no protocol's words: each edge maps it to a status of its own. */
export type ErrorKind = 'invalid_argument' | 'resource_exhausted' | 'unavailable' | 'cancelled' | 'internal';

/** A failure whose message is fit for the caller. */
export abstract class RedraftError extends Error {
	abstract readonly kind: ErrorKind;
	/** When it makes sense to ask again; undefined where nobody knows. */
	readonly retryAfterMs: number | undefined;
}

/** The model is not ready or cannot be reached, or the service is shutting down; the edit may be repeated. */
export class UnavailableError extends RedraftError {
	override readonly name = 'UnavailableError';
	readonly kind = 'unavailable';
}

/** The caller cancelled, or its deadline passed. */
export class EditCancelledError extends RedraftError {
	override readonly name = 'EditCancelledError';
	readonly kind = 'cancelled';

	constructor() {
		super('the caller cancelled the edit');
	}
}
