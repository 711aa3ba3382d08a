import type {Sliced} from '../slices.ts';
import {isMarker} from './markers.ts';

/** Lines read at a stretch. */
const linesPerSlice = 512;

/** A run of an update's lines between markers. */
export interface UpdateSegment {
	readonly lines: readonly string[];
	/** Whether a marker stands before the first and behind the last line: code was left out there. */
	readonly isOpenBefore: boolean;
	readonly isOpenBehind: boolean;
	/** The blank line between a marker and the first or the last line; it belongs to the marker and is none of `lines`. */
	readonly blankBefore: string | undefined;
	readonly blankBehind: string | undefined;
}

/**
 * Splits an update at its marker lines. A blank line next to a marker belongs to the marker. Several in a row are a place
 * in the file, as between Python's functions: they are looked for there, and belong to the marker where they aren't found.
 */
export function* splitUpdate(update: string): Sliced<UpdateSegment[]> {
	const segments: UpdateSegment[] = [];
	let lines: string[] = [];
	let isOpenBefore = false;
	const close = (isOpenBehind: boolean) => {
		if (lines.some(line => !isBlank(line)) || (lines.length > 0 && !isOpenBefore && !isOpenBehind)) {
			segments.push(segmentOf(lines, isOpenBefore, isOpenBehind));
		}
		lines = [];
		isOpenBefore = isOpenBehind;
	};
	for (const [index, line] of update.split('\n').entries()) {
		if (index % linesPerSlice === 0) {
			yield;
		}
		if (isMarker(line)) {
			close(true);
		} else {
			lines.push(line);
		}
	}
	close(false);
	return segments;
}

export function isBlank(line: string): boolean {
	return line.trim() === '';
}

/** The first and the last line that is not blank, -1 where all are. */
export function textEnds(lines: readonly string[]): {first: number; last: number} {
	return {
		first: lines.findIndex(line => !isBlank(line)),
		last: lines.findLastIndex(line => !isBlank(line)),
	};
}

function segmentOf(lines: readonly string[], isOpenBefore: boolean, isOpenBehind: boolean): UpdateSegment {
	const {first, last} = textEnds(lines);
	const hasBlankBefore = isOpenBefore && first === 1;
	const hasBlankBehind = isOpenBehind && last === lines.length - 2;
	return {
		lines: lines.slice(hasBlankBefore ? 1 : 0, hasBlankBehind ? -1 : undefined),
		isOpenBefore,
		isOpenBehind,
		blankBefore: hasBlankBefore ? lines[0] : undefined,
		blankBehind: hasBlankBehind ? lines.at(-1) : undefined,
	};
}
