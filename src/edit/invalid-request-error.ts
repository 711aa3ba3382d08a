import {RedraftError} from '../errors/errors.ts';

/** A field of the request is missing or out of range. */
export class InvalidRequestError extends RedraftError {
	override readonly name = 'InvalidRequestError';
	readonly kind = 'invalid_argument';

	/** @param field name as in the proto; the message reads `field: expected …, got …` */
	constructor(field: string, expected: string, got: string) {
		super(`${field}: expected ${expected}, got ${got}`);
	}
}
