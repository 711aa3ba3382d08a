import type {Sliced} from '../slices.ts';
import {defaultTuning, type Tuning} from '../tuning.ts';
import {alignmentCells, alignSegments, type Placement} from './line-alignment.ts';
import {anchorSegments} from './line-anchors.ts';
import {type PredictedText, unchangedText} from './predicted-text.ts';
import {isBlank, splitUpdate, textEnds, type UpdateSegment} from './update-segments.ts';

/** An alignment of more cells, four bytes each, gives way to a coarser one. */
const maxCells = 1 << 22;
/** Lines at the file's start or end that are taken for replaced where there are fewer. */
const replacedAtEdge = 10;
/** And for deleted: as a share of the segment that shows what stays. Where it has a marker at its other end, one always. */
const deletedAtEdge = 0.2;

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
	merged.finish(segments.at(-1)!, placement.at(-1)!.at(-1)!);
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
		if (first !== undefined && !(isFileStart && isGone(first, segment, anchors[0]!))) {
			this.#keepUntil(first);
		}
		const {blankBefore, blankBehind, lines} = segment;
		// Between a marker and new code, a blank line is part of that code.
		if (blankBefore !== undefined && anchors[0] === -1 && !isBlank(this.#lines.at(-1) ?? '')) {
			this.#push(blankBefore, -1);
		}
		const shift = indentShift(this.#original, segment, anchors);
		for (const index of linesToWrite(segment, anchors)) {
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

	/**
	 * Adds what stands behind the last segment, unless it is gone.
	 * @param anchor where the segment's last line was found
	 */
	finish(segment: UpdateSegment, anchor: number): void {
		if (segment.isOpenBehind || !isGone(this.#original.length - this.#next, segment, anchor)) {
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

/** The lines of a segment but blank ones that were not found between a marker and a line that was. */
function linesToWrite(
	{lines, isOpenBefore, isOpenBehind}: UpdateSegment,
	anchors: readonly number[],
): number[] {
	const {first, last} = textEnds(lines);
	const isMarkersOwn = (index: number) =>
		(index < first && isOpenBefore && anchors[first] !== -1) ||
		(index > last && isOpenBehind && anchors[last] !== -1);
	return [...lines.keys()].filter(index => anchors[index] !== -1 || !isMarkersOwn(index));
}

/**
 * Whether an update without a marker at its start or end took away the lines of the file that lie beyond: a few are
 * replaced by new lines there, and next to nothing is deleted beside a line that stayed. With more the marker was forgotten.
 * @param numLines beyond the segment
 * @param anchor where the segment's line on that side was found
 */
function isGone(numLines: number, segment: UpdateSegment, anchor: number): boolean {
	const isMarked = segment.isOpenBefore || segment.isOpenBehind;
	const mostDeleted = Math.max(deletedAtEdge * segment.lines.length, isMarked ? 1 : 0);
	return numLines < replacedAtEdge && (anchor === -1 || numLines <= mostDeleted);
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
