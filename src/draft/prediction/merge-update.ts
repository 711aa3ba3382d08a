import type {Sliced} from '../slices.ts';
import {defaultTuning, type Tuning} from '../tuning.ts';
import {alignmentCells, alignSegments, type Placement} from './line-alignment.ts';
import {anchorSegments} from './line-anchors.ts';
import {type PredictedText, unchangedText} from './predicted-text.ts';
import {isBlank, splitUpdate, type UpdateSegment} from './update-segments.ts';

/** An alignment of more cells, four bytes each, gives way to a coarser one. */
const maxCells = 1 << 22;

/**
 * The edited file as the update predicts it: the original, with each segment of the update in place of the lines
 * between its anchors.
 * @param original the file, its final line ending stripped
 */
export function* mergeUpdate(
	original: string,
	update: string,
	tuning: Tuning = defaultTuning,
): Sliced<PredictedText> {
	const newline = original.includes('\r\n') ? '\r\n' : '\n';
	const lines = original.split(newline);
	const segments = yield* splitUpdate(update.replaceAll('\r\n', '\n').replace(/\n$/, ''));
	if (segments.length === 0) {
		return unchangedText(lines, newline);
	}
	const placement = yield* placeSegments(lines, segments, tuning);
	if (!placement) {
		return unchangedText(lines, newline);
	}
	const merged = new MergedLines(lines);
	for (const [index, segment] of segments.entries()) {
		merged.add(segment, placement[index]!, index === 0 && !segment.isOpenBefore);
	}
	merged.finish(segments.at(-1)!.isOpenBehind);
	return merged.text(newline);
}

/** Undefined where too much is to be compared and nothing stands out. */
function* placeSegments(
	lines: readonly string[],
	segments: readonly UpdateSegment[],
	tuning: Tuning,
): Sliced<Placement | undefined> {
	return alignmentCells(lines, segments) > maxCells
		? anchorSegments(lines, segments)
		: yield* alignSegments(lines, segments, tuning);
}

class MergedLines {
	readonly #original: readonly string[];
	readonly #lines: string[] = [];
	readonly #originalLines: number[] = [];
	/** First original line that is not used yet. */
	#next = 0;

	constructor(original: readonly string[]) {
		this.#original = original;
	}

	/** @param isFileStart the segment has no marker before it and thus replaces what stands before its first anchor */
	add(segment: UpdateSegment, anchors: readonly number[], isFileStart: boolean): void {
		const first = anchors.find(anchor => anchor !== -1);
		const last = anchors.findLast(anchor => anchor !== -1);
		if (first !== undefined && !(isFileStart && isShort(first))) {
			this.#keepUntil(first);
		}
		const {blankBefore, blankBehind, lines} = segment;
		// Between a marker and new code, a blank line is part of that code.
		if (blankBefore !== undefined && anchors[0] === -1 && !isBlank(this.#lines.at(-1) ?? '')) {
			this.#push(blankBefore, -1);
		}
		const shift = indentShift(this.#original, segment, anchors);
		const {start, end} = withoutStrayBlanks(segment, anchors);
		for (let index = start; index < end; index++) {
			const anchor = anchors[index]!;
			const text = shift(lines[index]!);
			this.#push(text, this.#original[anchor] === text ? anchor : -1);
		}
		if (last !== undefined) {
			this.#next = last + 1;
		}
		if (blankBehind !== undefined && anchors.at(-1) === -1 && !isBlank(this.#original[this.#next] ?? '')) {
			this.#push(blankBehind, -1);
		}
	}

	/** @param isOpen whether the update's end stands for the rest of the file */
	finish(isOpen: boolean): void {
		if (isOpen || !isShort(this.#original.length - this.#next)) {
			this.#keepUntil(this.#original.length);
		}
	}

	text(newline: string): PredictedText {
		return {lines: this.#lines, originalLines: this.#originalLines, newline};
	}

	#keepUntil(end: number): void {
		while (this.#next < end) {
			this.#push(this.#original[this.#next]!, this.#next++);
		}
	}

	#push(line: string, originalLine: number): void {
		this.#lines.push(line);
		this.#originalLines.push(originalLine);
	}
}

/** The lines of a segment but blank ones that were not found between a marker and a line that was: half-open. */
function withoutStrayBlanks(
	{lines, isOpenBefore, isOpenBehind}: UpdateSegment,
	anchors: readonly number[],
): {start: number; end: number} {
	const isStray = (index: number) => anchors[index] === -1 && isBlank(lines[index]!);
	let start = 0;
	let end = lines.length;
	while (isOpenBefore && start < end && isStray(start)) {
		start++;
	}
	while (isOpenBehind && end > start && isStray(end - 1)) {
		end--;
	}
	return {
		start: anchors[start] === -1 ? 0 : start,
		end: anchors[end - 1] === -1 ? lines.length : end,
	};
}

/** Lines at the file's start or end that an update may have replaced; with more of them a marker was forgotten. */
function isShort(numLines: number): boolean {
	return numLines < 10;
}

/** Moves a segment's new lines by the indentation in which its anchors differ from the original, if all agree. */
function indentShift(original: readonly string[], {lines}: UpdateSegment, anchors: readonly number[]) {
	const pairs = lines.flatMap((line, index) => {
		const anchor = original[anchors[index]!];
		return anchor !== undefined && !isBlank(line) && anchor.trim() === line.trim()
			? [[indentOf(line), indentOf(anchor)]]
			: [];
	});
	const [from, to] = pairs[0] ?? ['', ''];
	const added = to!.startsWith(from!) ? to!.slice(from!.length) : undefined;
	const removed = from!.startsWith(to!) ? from!.slice(to!.length) : undefined;
	const isCommon = pairs.every(([mine, theirs]) => theirs === added + mine! || mine === removed + theirs!);
	if (from === to || !isCommon) {
		return (line: string) => line;
	}
	if (added !== undefined) {
		return (line: string) => (isBlank(line) ? line : added + line);
	}
	return (line: string) => (line.startsWith(removed!) ? line.slice(removed!.length) : line);
}

function indentOf(line: string): string {
	return /^\s*/.exec(line)![0];
}
