/** The part of a tokenizer that decoding needs. */
export interface TokenBytes {
	/** UTF-8 bytes of one token, which may be part of a character. */
	tokenBytes(id: number): Uint8Array;
}

/**
 * Decodes tokens as they come. Bytes of an unfinished character are held back, so no piece ever splits a UTF-8
 * character or a surrogate pair; all pieces, joined, equal the decoding of all tokens at once. Bytes that no
 * continuation can complete become U+FFFD as soon as that is certain.
 */
export class StreamDecoder {
	readonly #vocabulary: TokenBytes;
	readonly #decoder = new TextDecoder('utf-8', {ignoreBOM: true});

	constructor(vocabulary: TokenBytes) {
		this.#vocabulary = vocabulary;
	}

	/** The text that these tokens complete; may be empty. */
	push(ids: readonly number[]): string {
		let text = '';
		for (const id of ids) {
			text += this.#decoder.decode(this.#vocabulary.tokenBytes(id), {stream: true});
		}

		return text;
	}

	/** No token will follow: an unfinished character becomes U+FFFD. The decoder is as new afterwards. */
	flush(): string {
		return this.#decoder.decode();
	}
}
