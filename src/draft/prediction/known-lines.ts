import type {Sliced} from '../slices.ts';
import type {TokenText} from '../token-text.ts';
import {isWordEnd} from './word-end.ts';

/** Tokens of the prompt read at a stretch. */
const tokensPerSlice = 4096;

/** The tokens of the prompt that hold a text: half-open. Those at its ends may hold more. */
export interface TextSpan {
	readonly start: number;
	readonly end: number;
	/** First token that begins a line of the text, and that line; absent where none does. */
	readonly firstCut?: {readonly token: number; readonly line: number};
}

/** A place in a line at which a token ends. */
export interface Cut {
	/** Characters of the line before it. */
	readonly column: number;
	/** Index in the prompt of the token behind it. */
	readonly token: number;
}

/** The original's tokens as they stand in the prompt, by line. */
export class KnownLines {
	readonly #prompt: readonly number[];
	readonly #lines: readonly string[];
	readonly #tokenText: TokenText;
	/** Per line the index of the token behind the one that holds the line break before it; -1 where unknown. */
	readonly #tokens: Int32Array;
	/** Characters of the line that the token with the line break holds. */
	readonly #columns: Int32Array;

	/** Use `read`. */
	private constructor(prompt: readonly number[], lines: readonly string[], tokenText: TokenText) {
		this.#prompt = prompt;
		this.#lines = lines;
		this.#tokenText = tokenText;
		this.#tokens = new Int32Array(lines.length).fill(-1);
		this.#columns = new Int32Array(lines.length);
	}

	/** @param lines of the original */
	static *read(
		prompt: readonly number[],
		{firstCut}: TextSpan,
		lines: readonly string[],
		tokenText: TokenText,
	): Sliced<KnownLines> {
		const known = new KnownLines(prompt, lines, tokenText);
		if (!firstCut) {
			return known;
		}
		let {token, line} = firstCut;
		for (known.#tokens[line] = token; token < prompt.length && line < lines.length; token++) {
			const piece = tokenText.piece(prompt[token]!);
			for (let at = piece.indexOf('\n'); at !== -1; at = piece.indexOf('\n', at + 1)) {
				known.#tokens[++line] = token + 1;
				known.#columns[line] = piece.length - at - 1;
			}
			if (token % tokensPerSlice === 0) {
				yield;
			}
		}
		return known;
	}

	/** The first place behind a word in a line. */
	firstCut(line: number): Cut | undefined {
		return this.#cuts(line).next().value;
	}

	lastCut(line: number): Cut | undefined {
		let last: Cut | undefined;
		for (const cut of this.#cuts(line)) {
			last = cut;
		}
		return last;
	}

	/** Ids between two cuts. */
	tokens(from: Cut, to: Cut): readonly number[] {
		return this.#prompt.slice(from.token, to.token);
	}

	/** Ends where a token holds part of a character, or where the line does. */
	*#cuts(line: number): Generator<Cut, undefined> {
		const text = this.#lines[line]!;
		let column = this.#columns[line]!;
		let token = this.#tokens[line]!;
		while (token !== -1 && column < text.length) {
			const piece = this.#tokenText.piece(this.#prompt[token++]!);
			if (!text.startsWith(piece, column)) {
				return;
			}
			column += piece.length;
			if (isWordEnd(text, column)) {
				yield {column, token};
			}
		}
	}
}
