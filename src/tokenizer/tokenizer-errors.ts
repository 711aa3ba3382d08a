import {RedraftError} from '../errors/errors.ts';

/** The directory holds no tokenizer, or one whose round trip would not be exact. Stops the start of the service. */
export class TokenizerLoadError extends Error {
	override readonly name = 'TokenizerLoadError';
}

/** The text has no exact form in the model's vocabulary. */
export class UnencodableTextError extends RedraftError {
	override readonly name = 'UnencodableTextError';
	readonly kind = 'invalid_argument';
}
