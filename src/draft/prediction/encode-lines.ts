import type {Sliced} from '../slices.ts';
import type {Cut, KnownLines} from './known-lines.ts';
import type {PredictedText} from './predicted-text.ts';
import {isWordEnd} from './word-end.ts';

type Encode = (text: string) => readonly number[];

/** Lines at either end of a run of known lines that are searched for a place to cut. */
const maxMargin = 64;
/** Characters that are encoded at a stretch. */
const sliceLength = 1024;

/**
 * Ids of the predicted text and what closes it. Lines whose ids are known from the prompt are not encoded again: they are
 * cut out behind a word, see `isWordEnd`.
 */
export function* encodeLines(
	text: PredictedText,
	closing: string,
	known: KnownLines | undefined,
	encode: Encode,
): Sliced<number[]> {
	const tokens: number[] = [];
	if (!known || text.newline !== '\n' || text.lines.length === 0) {
		yield* encodeSlices(text.lines.join(text.newline) + closing, encode, tokens);
		return tokens;
	}
	const {lines, originalLines} = closed(text, closing);
	let next: Place = {line: 0, column: 0};
	for (const run of runsOf(originalLines)) {
		const copied = copyable(run, known);
		if (copied) {
			yield* encodeSlices(textBetween(lines, next, copied.from), encode, tokens);
			append(tokens, known.tokens(copied.from, copied.to));
			next = copied.to;
		}
	}
	const end = {line: lines.length - 1, column: lines.at(-1)!.length};
	yield* encodeSlices(textBetween(lines, next, end), encode, tokens);
	return tokens;
}

/** A place in the predicted text. */
interface Place {
	readonly line: number;
	readonly column: number;
}

/** The lines with the closing: a line of its own where it begins with a line break, else part of the last one. */
function closed({lines, originalLines, newline}: PredictedText, closing: string): PredictedText {
	if (closing.startsWith('\n')) {
		return {lines: [...lines, closing.slice(1)], originalLines: [...originalLines, -1], newline};
	}
	return {lines: lines.with(-1, lines.at(-1)! + closing), originalLines: originalLines.with(-1, -1), newline};
}

/** Predicted lines that follow each other in the original too. */
interface Run {
	/** Half-open, in predicted lines. */
	readonly start: number;
	readonly end: number;
	/** Line of the original at its start. */
	readonly original: number;
}

function* runsOf(originalLines: readonly number[]): Generator<Run, void> {
	let start = 0;
	for (let index = 1; index <= originalLines.length; index++) {
		const original = originalLines[start]!;
		if (
			original !== -1 &&
			index < originalLines.length &&
			originalLines[index] === original + index - start
		) {
			continue;
		}
		if (original !== -1) {
			yield {start, end: index, original};
		}
		start = index;
	}
}

/** The part of a run whose ids can be copied; undefined where there is none. */
function copyable(
	{start, end, original}: Run,
	known: KnownLines,
): {from: Place & Cut; to: Place & Cut} | undefined {
	const cutIn = (line: number, cut: Cut | undefined) => cut && {line, ...cut};
	let from: (Place & Cut) | undefined;
	for (let line = start; !from && line < Math.min(end, start + maxMargin); line++) {
		from = cutIn(line, known.firstCut(original + line - start));
	}
	let to: (Place & Cut) | undefined;
	for (let line = end - 1; from && !to && line >= Math.max(start, end - maxMargin); line--) {
		to = cutIn(line, known.lastCut(original + line - start));
	}
	return from && to && from.token < to.token ? {from, to} : undefined;
}

function textBetween(lines: readonly string[], from: Place, to: Place): string {
	if (from.line === to.line) {
		return lines[from.line]!.slice(from.column, to.column);
	}
	const [first, ...rest] = lines.slice(from.line, to.line);
	return [first!.slice(from.column), ...rest, lines[to.line]!.slice(0, to.column)].join('\n');
}

function* encodeSlices(text: string, encode: Encode, out: number[]): Sliced<void> {
	for (let start = 0; start < text.length; ) {
		const end = sliceEnd(text, start);
		append(out, encode(text.slice(start, end)));
		start = end;
		yield;
	}
}

/** The last place to cut a slice: behind a word, else anywhere but inside of a character. */
function sliceEnd(text: string, start: number): number {
	const limit = start + sliceLength;
	if (limit >= text.length) {
		return text.length;
	}
	for (let end = limit; end > start; end--) {
		if (isWordEnd(text, end)) {
			return end;
		}
	}
	return text.codePointAt(limit - 1)! > 0xffff ? limit - 1 : limit;
}

function append(list: number[], values: readonly number[]): void {
	for (const value of values) {
		list.push(value);
	}
}
