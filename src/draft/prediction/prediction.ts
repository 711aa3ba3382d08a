import type {DraftSource} from '../../speculation/drafter.ts';
import type {Sliced} from '../slices.ts';
import type {TokenText} from '../token-text.ts';

/** A part of the predicted answer and where it was taken from. */
export interface PredictedPart {
	readonly text: string;
	readonly source: 'original' | 'update';
}

/** Tokens, or words, read at a stretch. */
const itemsPerSlice = 4096;

/**
 * The answer as predicted before the first pass: the original or the original merged with the update, then the closing
 * fence and the end token. Places count its tokens; place `i` is the one before token `i`.
 */
export class Prediction {
	readonly tokens: Int32Array;
	/** The pieces of all tokens, joined. */
	readonly text: string;
	/** Offset in `text` of each token and of the end. Shape: (tokens + 1). */
	readonly starts: Int32Array;
	/** Place behind the identifier, or behind the line, in which each place stands. Shapes: (tokens + 1). */
	readonly wordEnds: Int32Array;
	readonly lineEnds: Int32Array;
	readonly #occurrences = new Map<number, number[]>();
	readonly #words = new Map<string, number[]>();
	/** Offsets at which parts of the update begin and end, in turn. */
	readonly #updateEdges: readonly number[];

	/** Use `build`. */
	private constructor(tokens: Int32Array, pieces: readonly string[], parts: readonly PredictedPart[]) {
		this.tokens = tokens;
		this.text = pieces.join('');
		this.starts = startsOf(pieces);
		this.wordEnds = new Int32Array(this.starts.length).map((_, index) => index);
		this.lineEnds = lineEnds(pieces);
		this.#updateEdges = updateEdges(parts);
	}

	/** @param parts of the text, with their sources */
	static *build(
		tokens: Int32Array,
		parts: readonly PredictedPart[],
		tokenText: TokenText,
	): Sliced<Prediction> {
		const pieces: string[] = [];
		for (let index = 0; index < tokens.length; index++) {
			pieces.push(tokenText.piece(tokens[index]!));
			if (index % itemsPerSlice === 0) {
				yield;
			}
		}
		const prediction = new Prediction(tokens, pieces, parts);
		yield;
		yield* prediction.#readTokens();
		yield* prediction.#readWords();
		return prediction;
	}

	get length(): number {
		return this.tokens.length;
	}

	/** Places of a token, ascending. */
	occurrences(token: number): readonly number[] {
		return this.#occurrences.get(token) ?? [];
	}

	/** Offsets of an identifier in `text`, ascending. */
	offsetsOf(word: string): readonly number[] {
		return this.#words.get(word) ?? [];
	}

	/** Index of the token that holds the character at `offset`. */
	tokenAt(offset: number): number {
		return firstAbove(this.starts, offset) - 1;
	}

	sourceOf(index: number): DraftSource {
		return firstAbove(this.#updateEdges, this.starts[index]!) % 2 === 1 ? 'update' : 'original';
	}

	*#readTokens(): Sliced<void> {
		const {tokens, starts, text, wordEnds} = this;
		const word = /[\p{L}\p{N}_$]+/uy;
		let wordEnd = 0;
		for (const [index, token] of tokens.entries()) {
			append(this.#occurrences, token, index);
			const offset = wordStart(text, starts[index]!, starts[index + 1]!);
			if (offset !== undefined) {
				word.lastIndex = offset;
				// A word of many tokens is read once.
				wordEnd = offset < wordEnd ? wordEnd : offset + (word.exec(text)?.[0].length ?? 0);
				const place = firstAbove(starts, wordEnd) - 1;
				wordEnds[index] = starts[place] === wordEnd ? place : index;
			}
			if (index % itemsPerSlice === 0) {
				yield;
			}
		}
	}

	*#readWords(): Sliced<void> {
		let count = 0;
		for (const match of this.text.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)) {
			append(this.#words, match[0], match.index);
			if (count++ % itemsPerSlice === 0) {
				yield;
			}
		}
	}
}

/** Offset of the first character of a word in a token: it may bring a space or a bracket before its word. */
function wordStart(text: string, start: number, end: number): number | undefined {
	for (let offset = start; offset < end; offset++) {
		if (/[\p{L}\p{N}_$]/u.test(text[offset]!)) {
			return offset;
		}
	}
	return undefined;
}

/** Index of the first value above `limit` in an ascending list. */
export function firstAbove(values: ArrayLike<number>, limit: number): number {
	let low = 0;
	let high = values.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (values[middle]! > limit) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return low;
}

function startsOf(pieces: readonly string[]): Int32Array {
	const starts = new Int32Array(pieces.length + 1);
	for (const [index, piece] of pieces.entries()) {
		starts[index + 1] = starts[index]! + piece.length;
	}
	return starts;
}

function lineEnds(pieces: readonly string[]): Int32Array {
	const ends = new Int32Array(pieces.length + 1).fill(pieces.length);
	for (let index = pieces.length - 1; index >= 0; index--) {
		ends[index] = pieces[index]!.includes('\n') ? index + 1 : ends[index + 1]!;
	}
	return ends;
}

function updateEdges(parts: readonly PredictedPart[]): number[] {
	const edges: number[] = [];
	let offset = 0;
	for (const part of parts) {
		if (part.source === 'update') {
			edges.push(offset, offset + part.text.length);
		}
		offset += part.text.length;
	}
	return edges;
}

function append<Key>(map: Map<Key, number[]>, key: Key, value: number): void {
	const list = map.get(key);
	if (list) {
		list.push(value);
	} else {
		map.set(key, [value]);
	}
}
