/**
 * Places the lines of an update in the original: a global alignment with affine gaps (Gotoh, "An improved algorithm for
 * matching biological sequences", 1982) in which a marker lets any number of original lines pass free of charge.
 */

import type {Sliced} from '../slices.ts';
import type {Tuning} from '../tuning.ts';
import {BackPointers, type Step} from './back-pointers.ts';
import {LineValues} from './line-values.ts';
import type {UpdateSegment} from './update-segments.ts';

/** Changes come in runs: one is dear to begin, cheap to go on with, and little dearer where new lines replace old ones. */
const extendInsertion = 0.02;
const extendDeletion = 0.04;
const replacement = 0.4;
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

/** What a line costs beside its cells, in cells. */
const rowOverhead = 64;

/** Pairs of a place in the original with a line or a marker of the update: what an alignment costs in time and memory. */
export function alignmentCells(original: readonly string[], segments: readonly UpdateSegment[]): number {
	const numRows = segments.reduce((sum, {lines}) => sum + lines.length + 1, 0);
	return (original.length + rowOverhead) * numRows;
}

/** @param original lines of the file */
export function* alignSegments(
	original: readonly string[],
	segments: readonly UpdateSegment[],
	tuning: Pick<Tuning, 'openChange' | 'missingContext'>,
): Sliced<Placement> {
	const aligner = new LineAligner(yield* LineValues.read(original), original.length + 1, tuning);
	for (const segment of segments) {
		yield* aligner.add(segment);
	}
	return aligner.trace(segments);
}

class LineAligner {
	readonly #values: LineValues;
	readonly #openChange: number;
	readonly #missingContext: number;
	readonly #rows: BackPointers[] = [];
	/** Scores of the last row, and room for those of the next. */
	#last: Scores;
	#next: Scores;

	/** @param numPlaces before, between and behind the original's lines */
	constructor(values: LineValues, numPlaces: number, tuning: Pick<Tuning, 'openChange' | 'missingContext'>) {
		this.#values = values;
		this.#openChange = tuning.openChange;
		this.#missingContext = tuning.missingContext;
		this.#last = emptyScores(numPlaces);
		this.#next = emptyScores(numPlaces);
	}

	*add({lines, isOpenBefore, blankBefore, blankBehind}: UpdateSegment): Sliced<void> {
		if (this.#rows.length === 0) {
			this.#start(isOpenBefore);
		} else {
			this.#passMarker();
		}
		for (const [index, line] of lines.entries()) {
			const worth = this.#values.worth(line);
			if (index === 0 && blankBefore !== undefined) {
				this.#values.favour(worth, -1);
			}
			if (index === lines.length - 1 && blankBehind !== undefined) {
				this.#values.favour(worth, 1);
			}
			this.#placeLine(worth, index === 0 && isOpenBefore ? this.#missingContext : this.#openChange);
			yield;
		}
	}

	/** Follows the best way back. */
	trace(segments: readonly UpdateSegment[]): Placement {
		const placement = segments.map(segment => segment.lines.map(() => -1));
		let step: Step = this.#lastPlace(segments.at(-1)!.isOpenBehind);
		let next = this.#rows.length - 1;
		for (let index = segments.length - 1; index >= 0; index--) {
			for (let line = segments[index]!.lines.length - 1; line >= 0; line--) {
				const row = this.#rows[next--]!;
				if (step.isInserted) {
					step = row.insertion(step.place);
				} else {
					placement[index]![line] = step.place - 1;
					step = row.finding(step.place);
				}
			}
			if (index > 0) {
				step = this.#rows[next--]!.finding(step.place);
			}
		}
		return placement;
	}

	#start(isOpen: boolean): void {
		const {found, inserted} = this.#last;
		inserted.fill(never);
		for (let place = 0; place < found.length; place++) {
			found[place] = isOpen ? 0 : this.#edgeScore(place);
		}
	}

	/** Score of original lines before the first or behind the last line of an update that has no marker there. */
	#edgeScore(numLines: number): number {
		return numLines === 0 ? 0 : -Math.min(missingMarker, this.#openChange + extendInsertion * numLines);
	}

	#lastPlace(isOpen: boolean): Step {
		const {found, inserted} = this.#last;
		const missing = isOpen ? this.#missingContext : 0;
		const end = found.length - 1;
		let place = end;
		let score = never;
		for (let at = end; at >= 0; at--) {
			const here = Math.max(found[at]!, inserted[at]! - missing) + (isOpen ? 0 : this.#edgeScore(end - at));
			if (here > score) {
				place = at;
				score = here;
			}
		}
		return {place, isInserted: inserted[place]! - missing > found[place]!};
	}

	/** The place moves on to any later line. */
	#passMarker(): void {
		const {found, inserted} = this.#last;
		const row = new BackPointers(found.length);
		let passed = never;
		let from: Step = {place: 0, isInserted: false};
		for (let place = 0; place < found.length; place++) {
			const skipped = inserted[place]! - this.#missingContext;
			const own = Math.max(found[place]!, skipped);
			if (place === 0 || own > passed) {
				passed = own;
				from = {place, isInserted: skipped > found[place]!};
			}
			this.#next.found[place] = passed;
			row.setFinding(place, from.place, from.isInserted);
		}
		this.#next.inserted.fill(never);
		this.#push(row);
	}

	#placeLine(worth: Float64Array, opening: number): void {
		const {found, inserted} = this.#last;
		const {found: nextFound, inserted: nextInserted} = this.#next;
		const row = new BackPointers(found.length);
		nextFound.fill(never);
		// Best way to here that skips original lines: its score, where it left, and from which kind of line.
		let skipped = never;
		let leftAt = 0;
		let isInserted = false;
		for (let place = 0; place < found.length; place++) {
			const here = found[place]!;
			const also = inserted[place]!;
			row.setInsertion(place, also > here - opening);
			nextInserted[place] = Math.max(here - opening, also) - extendInsertion;
			if (place < worth.length && worth[place]! > 0) {
				const isNext = Math.max(here, also) >= skipped;
				nextFound[place + 1] = Math.max(here, also, skipped) + worth[place]!;
				row.setFinding(place + 1, isNext ? place : leftAt, isNext ? also > here : isInserted);
			}
			const leaving = Math.max(here - this.#openChange, also - replacement);
			if (leaving > skipped) {
				skipped = leaving;
				leftAt = place;
				isInserted = also - replacement > here - this.#openChange;
			}
			skipped -= extendDeletion;
		}
		this.#push(row);
	}

	#push(row: BackPointers): void {
		this.#rows.push(row);
		[this.#last, this.#next] = [this.#next, this.#last];
	}
}

function emptyScores(length: number): Scores {
	return {found: new Float64Array(length), inserted: new Float64Array(length)};
}
