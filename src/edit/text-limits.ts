import type {LoadedModel} from '../model/loaded-model.ts';
import {ContextLengthError} from './invalid-request-error.ts';

/**
 * Refuses a text that can't fit the model's context before any of it is encoded: no text has fewer tokens than its
 * bytes over those of the longest token.
 * @param texts by the names of their fields
 * @throws {ContextLengthError} one of them is too large
 */
export function checkTextSizes(
	texts: Readonly<Record<string, string | undefined>>,
	{contextTokens, tokenizer}: Pick<LoadedModel, 'contextTokens' | 'tokenizer'>,
): void {
	const maxBytes = contextTokens * tokenizer.maxTokenBytes;
	for (const [field, text = ''] of Object.entries(texts)) {
		const numBytes = Buffer.byteLength(text);
		if (numBytes > maxBytes) {
			throw new ContextLengthError(
				field,
				`at most ${maxBytes} bytes, the most that ${contextTokens} tokens of the model can hold`,
				String(numBytes),
			);
		}
	}
}
