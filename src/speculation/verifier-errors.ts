import {RedraftError} from '../errors/errors.ts';
import type {MoveReason} from '../telemetry/edit-observer.ts';

/**
 * The sequence can't go on where it is: its KV cache is gone, its state is unknown, or its server fails or does not
 * answer. The same tokens, read elsewhere, give the same answers.
 */
export class SequenceLostError extends RedraftError {
	override readonly name = 'SequenceLostError';
	readonly kind = 'unavailable';
	readonly reason: MoveReason;

	constructor(message: string, reason: MoveReason, options?: ErrorOptions) {
		super(message, options);
		this.reason = reason;
	}
}

/** The sequence can't go on where it is for want of room in the KV cache; others have it just now. */
export class CacheFullError extends SequenceLostError {
	constructor(message: string, options?: ErrorOptions) {
		super(message, 'evicted', options);
	}
}

/** The model refused the step itself, for example because the prompt is too long for it. */
export class VerifierRefusedError extends RedraftError {
	override readonly name = 'VerifierRefusedError';
	readonly kind = 'invalid_argument';
}
