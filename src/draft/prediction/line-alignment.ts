/**
 * Places the lines of an update in the original: a global alignment with affine gaps (Gotoh, "An improved algorithm for
 * matching biological sequences", 1982) in which a marker lets any number of original lines pass free of charge.
 */

import type {Tuning} from '../tuning.ts';
import {LineValues} from './line-values.ts';
import type {UpdateSegment} from './update-segments.ts';

/** Changes come in runs: one is dear to begin, cheap to go on with, and little dearer where new lines replace old ones. */
const extendChange = 0.02;
const replacement = 0.2;
/** An update that begins or ends inside of the file without a marker. */
const missingMarker = 3;
const never = Number.NEGATIVE_INFINITY;

/** For each line of each segment the original line that it is, or -1 for a new line. Shape: (segments, lines). */
export type Placement = readonly (readonly number[])[];

/** Best scores of the ways to each place: with the last line found there, and with it inserted there. */
interface Scores {
	readonly found: Float64Array;
	readonly inserted: Float64Array;
}

/** One line, or one marker, against every place in the original. Shapes: (original lines + 1). */
interface Row extends Scores {
	/** Place from which a found line, or a marker, was reached. */
	readonly predecessor: Int32Array;
	/** Whether the line before was an inserted one, at the predecessor and at the same place. */
	readonly isAfterInserted: Uint8Array;
	readonly isInsertedAgain: Uint8Array;
}

/** @param original lines of the file */
export function placeSegments(
	original: readonly string[],
	segments: readonly UpdateSegment[],
	tuning: Pick<Tuning, 'openChange' | 'missingContext'>,
): Placement {
	const aligner = new LineAligner(original, tuning);
	for (const segment of segments) {
		aligner.add(segment);
	}
	return aligner.trace(segments);
}

class LineAligner {
	readonly #values: LineValues;
	readonly #openChange: number;
	readonly #missingContext: number;
	readonly #rows: Row[] = [];
	#last: Scores | undefined;

	constructor(original: readonly string[], tuning: Pick<Tuning, 'openChange' | 'missingContext'>) {
		this.#values = new LineValues(original);
		this.#openChange = tuning.openChange;
		this.#missingContext = tuning.missingContext;
	}

	add({lines, isOpenBefore, blankBefore, blankBehind}: UpdateSegment): void {
		let last = this.#last ? this.#push(this.#passMarker(this.#last)) : this.#firstScores(isOpenBefore);
		for (const [index, line] of lines.entries()) {
			const opening = index === 0 && isOpenBefore ? this.#missingContext : this.#openChange;
			const worth = this.#values.worth(line);
			if (index === 0 && blankBefore !== undefined) {
				this.#values.favour(worth, -1);
			}
			if (index === lines.length - 1 && blankBehind !== undefined) {
				this.#values.favour(worth, 1);
			}
			last = this.#push(this.#placeLine(last, worth, opening));
		}
		this.#last = last;
	}

	/** Follows the best way back. */
	trace(segments: readonly UpdateSegment[]): Placement {
		const placement = segments.map(segment => segment.lines.map(() => -1));
		let {at, isInserted} = this.#lastPlace(segments.at(-1)!.isOpenBehind);
		let next = this.#rows.length - 1;
		for (let index = segments.length - 1; index >= 0; index--) {
			for (let line = segments[index]!.lines.length - 1; line >= 0; line--) {
				const row = this.#rows[next--]!;
				if (isInserted) {
					isInserted = row.isInsertedAgain[at] === 1;
					continue;
				}
				placement[index]![line] = at - 1;
				isInserted = row.isAfterInserted[at] === 1;
				at = row.predecessor[at]!;
			}
			if (index === 0) {
				break;
			}
			const marker = this.#rows[next--]!;
			isInserted = marker.isAfterInserted[at] === 1;
			at = marker.predecessor[at]!;
		}
		return placement;
	}

	#push(row: Row): Row {
		this.#rows.push(row);
		return row;
	}

	#firstScores(isOpen: boolean): Scores {
		const length = this.#values.numLines + 1;
		const found = new Float64Array(length).map((_, at) => (isOpen ? 0 : this.#edgeScore(at)));
		return {found, inserted: new Float64Array(length).fill(never)};
	}

	/** Score of original lines before the first or behind the last line of an update that has no marker there. */
	#edgeScore(numLines: number): number {
		return numLines === 0 ? 0 : -Math.min(missingMarker, this.#openChange + extendChange * numLines);
	}

	#lastPlace(isOpen: boolean): {at: number; isInserted: boolean} {
		const {found, inserted} = this.#last!;
		const missing = isOpen ? this.#missingContext : 0;
		const end = found.length - 1;
		let at = end;
		let score = never;
		for (let place = end; place >= 0; place--) {
			const here =
				Math.max(found[place]!, inserted[place]! - missing) + (isOpen ? 0 : this.#edgeScore(end - place));
			if (here <= score) {
				continue;
			}
			at = place;
			score = here;
		}
		return {at, isInserted: inserted[at]! - missing > found[at]!};
	}

	/** The place moves on to any later line. */
	#passMarker(before: Scores): Row {
		const row = emptyRow(before.found.length);
		for (let at = 0; at < row.found.length; at++) {
			const inserted = before.inserted[at]! - this.#missingContext;
			const own = Math.max(before.found[at]!, inserted);
			const passed = at > 0 ? row.found[at - 1]! : never;
			const isPassing = at > 0 && passed >= own;
			row.found[at] = isPassing ? passed : own;
			row.predecessor[at] = isPassing ? row.predecessor[at - 1]! : at;
			row.isAfterInserted[at] = isPassing
				? row.isAfterInserted[at - 1]!
				: Number(inserted > before.found[at]!);
		}
		return row;
	}

	#placeLine(before: Scores, worth: Float64Array, opening: number): Row {
		const row = emptyRow(before.found.length);
		// Best way to here that skips original lines: its score, where it left, and from which kind of line.
		let skipped = never;
		let predecessor = 0;
		let isInserted = 0;
		for (let at = 0; at < row.found.length; at++) {
			const found = before.found[at]!;
			const inserted = before.inserted[at]!;
			row.isInsertedAgain[at] = Number(inserted > found - opening);
			row.inserted[at] = Math.max(found - opening, inserted) - extendChange;
			if (at < worth.length && worth[at]! > 0) {
				const isNext = Math.max(found, inserted) >= skipped;
				row.found[at + 1] = Math.max(found, inserted, skipped) + worth[at]!;
				row.predecessor[at + 1] = isNext ? at : predecessor;
				row.isAfterInserted[at + 1] = isNext ? Number(inserted > found) : isInserted;
			}
			const leaving = Math.max(found - this.#openChange, inserted - replacement);
			if (leaving > skipped) {
				skipped = leaving;
				predecessor = at;
				isInserted = Number(inserted - replacement > found - this.#openChange);
			}
			skipped -= extendChange;
		}
		return row;
	}
}

function emptyRow(length: number): Row {
	return {
		found: new Float64Array(length).fill(never),
		inserted: new Float64Array(length).fill(never),
		predecessor: new Int32Array(length),
		isAfterInserted: new Uint8Array(length),
		isInsertedAgain: new Uint8Array(length),
	};
}
