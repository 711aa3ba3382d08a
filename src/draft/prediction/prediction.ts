import type {DraftSource} from '../../speculation/drafter.ts';
import type {TokenText} from '../token-text.ts';

/** A part of the predicted answer and where it was taken from. */
export interface PredictedPart {
	readonly text: string;
	readonly source: 'original' | 'update';
}

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

	constructor(tokens: Int32Array, parts: readonly PredictedPart[], tokenText: TokenText) {
		this.tokens = tokens;
		const pieces = Array.from(tokens, token => tokenText.piece(token));
		this.text = pieces.join('');
		this.starts = startsOf(pieces);
		this.wordEnds = wordEnds(this.text, this.starts);
		this.lineEnds = lineEnds(pieces);
		this.#updateEdges = updateEdges(parts);
		for (const [index, token] of tokens.entries()) {
			append(this.#occurrences, token, index);
		}
		for (const match of this.text.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)) {
			append(this.#words, match[0], match.index);
		}
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

function wordEnds(text: string, starts: Int32Array): Int32Array {
	const ends = new Int32Array(starts.length).map((_, index) => index);
	const word = /[\p{L}\p{N}_$]+/uy;
	for (let index = 0; index + 1 < starts.length; index++) {
		let offset = starts[index]!;
		// A token may bring a space or a bracket before its word.
		while (offset < starts[index + 1]! && !/[\p{L}\p{N}_$]/u.test(text[offset]!)) {
			offset++;
		}
		word.lastIndex = offset;
		if (offset === starts[index + 1]! || !word.test(text)) {
			continue;
		}
		const end = firstAbove(starts, word.lastIndex) - 1;
		if (starts[end] === word.lastIndex) {
			ends[index] = end;
		}
	}
	return ends;
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
