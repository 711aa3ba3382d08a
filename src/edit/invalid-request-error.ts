import {RedraftError} from '../errors/errors.ts';

/** A field of the request is missing or out of range. */
export class InvalidRequestError extends RedraftError {
	override readonly name = 'InvalidRequestError';
	readonly kind = 'invalid_argument';

	/** @param field name as in the proto; the message reads `field: expected …, got …` */
	constructor(
		readonly field: string,
		expected: string,
		got: string,
	) {
		super(`${field}: expected ${expected}, got ${got}`);
	}
}

/** Prompt and answer do not fit the model's context together. */
export class ContextLengthError extends InvalidRequestError {}
