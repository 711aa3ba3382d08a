import type {Vocabulary} from './vocabulary.ts';

/** Kinds of tokens that stand for each other where a token was never seen; see `TokenText.shape`. */
const shapes: readonly (readonly [RegExp, number])[] = [
	[/^[^\S\n]*\n\s*$/, -1],
	[/^\s+$/, -2],
	[/^\s\p{L}[\p{L}_]*$/u, -3],
	[/^\p{L}[\p{L}_]*$/u, -4],
	[/^\d+$/, -5],
];

const known = new WeakMap<Vocabulary, TokenText>();

/** Text of single tokens, decoded once per token id. */
export class TokenText {
	readonly #vocabulary: Vocabulary;
	readonly #pieces = new Map<number, string>();
	readonly #shapes = new Map<number, number>();
	readonly #anchor: readonly number[];
	readonly #anchorLength: number;

	/** The one of the vocabulary, for all edits: it grows with the tokens seen, up to the vocabulary's size. */
	static of(vocabulary: Vocabulary): TokenText {
		const tokenText = known.get(vocabulary) ?? new TokenText(vocabulary);
		known.set(vocabulary, tokenText);
		return tokenText;
	}

	constructor(vocabulary: Vocabulary) {
		this.#vocabulary = vocabulary;
		this.#anchor = vocabulary.encode('x');
		this.#anchorLength = vocabulary.decode(this.#anchor).length;
	}

	/** Text of a token inside of a line; U+FFFD where it holds part of a character only. */
	piece(token: number): string {
		let piece = this.#pieces.get(token);
		if (piece === undefined) {
			// Behind another token: some decoders drop the space of a text's first word.
			piece = this.#vocabulary.decode([...this.#anchor, token]).slice(this.#anchorLength);
			this.#pieces.set(token, piece);
		}
		return piece;
	}

	pieces(tokens: Iterable<number>): string {
		let text = '';
		for (const token of tokens) {
			text += this.piece(token);
		}
		return text;
	}

	/** The token's kind: below zero for a line break, blanks, a word, a number; else the token itself. */
	shape(token: number): number {
		let shape = this.#shapes.get(token);
		if (shape === undefined) {
			const piece = this.piece(token);
			shape = shapes.find(([pattern]) => pattern.test(piece))?.[1] ?? token;
			this.#shapes.set(token, shape);
		}
		return shape;
	}
}
