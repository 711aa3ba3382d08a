import {RedraftError} from '../errors/errors.ts';

/** The sequence's KV cache is gone or in an unknown state; the edit may be repeated as a new one. */
export class SequenceLostError extends RedraftError {
	override readonly name = 'SequenceLostError';
	readonly kind = 'unavailable';
}

/** The model's side broke its contract or failed inside. */
export class VerifierFailedError extends RedraftError {
	override readonly name = 'VerifierFailedError';
	readonly kind = 'internal';
}

/** The model refused the step itself, for example because the prompt is too long for it. */
export class VerifierRefusedError extends RedraftError {
	override readonly name = 'VerifierRefusedError';
	readonly kind = 'invalid_argument';
}
