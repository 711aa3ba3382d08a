import {RedraftError} from '../errors/errors.ts';
import type {Tokenizer} from './tokenizer.ts';

/** A part of a prompt that is encoded by itself. */
export interface PromptPiece {
	readonly text: string;
	/** The texts of special tokens become their ids: for trusted text only. */
	readonly isTemplate: boolean;
}

/** The pieces have more tokens together than was allowed. */
export class TooManyTokensError extends RedraftError {
	override readonly name = 'TooManyTokensError';
	readonly kind = 'invalid_argument';

	constructor(maxTokens: number) {
		super(`text: expected at most ${maxTokens} tokens, got more`);
	}
}

/** Encodes what callers send. */
export interface PromptEncoder {
	/**
	 * Ids of each piece, in order.
	 * @param maxTokens of all pieces together; the work is bounded by it, however long the pieces are
	 * @throws {TooManyTokensError} the pieces have more
	 * @throws {UnencodableTextError} a piece holds text that the vocabulary can't write
	 */
	encode(
		pieces: readonly PromptPiece[],
		maxTokens: number,
		signal: AbortSignal,
	): Promise<readonly (readonly number[])[]>;
}

/** Characters per token that real texts stay below; more are looked at only if these are few enough tokens. */
const maxUsualCharacters = 16;

/** @see PromptEncoder.encode */
export function encodePieces(
	tokenizer: Tokenizer,
	pieces: readonly PromptPiece[],
	maxTokens: number,
): number[][] {
	let room = maxTokens;
	return pieces.map(({text, isTemplate}) => {
		const encode = (part: string) => (isTemplate ? tokenizer.encodeTemplate(part) : tokenizer.encode(part));
		const start = text.slice(0, maxUsualCharacters * room).replace(/[\uD800-\uDBFF]$/, '');
		const startTokens = encode(start);
		if (startTokens.length > room) {
			throw new TooManyTokensError(maxTokens);
		}

		const tokens = start.length === text.length ? startTokens : encode(text);
		room -= tokens.length;
		if (room < 0) {
			throw new TooManyTokensError(maxTokens);
		}

		return tokens;
	});
}

/** Encodes where it is called. */
export function inlineEncoder(tokenizer: Tokenizer): PromptEncoder {
	return {encode: async (pieces, maxTokens) => encodePieces(tokenizer, pieces, maxTokens)};
}
