import type {Sliced} from '../slices.ts';
import {isBlank} from './update-segments.ts';

/** What a shared line is worth: much where it has words, little where it is a brace or blank. */
const wordyLine = 2;
const barePunctuation = 0.2;
const blankLine = 0.1;
/** More for a line that has a blank one beside it in both, where a marker stands behind that in the update. */
const besideBlank = 0.5;
/** Share of its worth for a line that differs in its indentation only. */
const reindented = 0.5;
/** That of a line that only begins alike: it tells where another belongs that must go somewhere, and outweighs nothing. */
const alike = 0.001;
/** Lines read at a stretch. */
const linesPerSlice = 4096;

/** The original's lines, and what a line of an update is worth against each of them. */
export class LineValues {
	readonly #lines: readonly string[];
	readonly #exact = new Map<string, number[]>();
	readonly #trimmed = new Map<string, number[]>();
	readonly #openings = new Map<string, number[]>();
	readonly #worth: Float64Array;

	/** Use `read`. */
	private constructor(lines: readonly string[]) {
		this.#lines = lines;
		this.#worth = new Float64Array(lines.length);
	}

	static *read(lines: readonly string[]): Sliced<LineValues> {
		const values = new LineValues(lines);
		for (const [index, line] of lines.entries()) {
			append(values.#exact, line, index);
			append(values.#trimmed, line.trim(), index);
			append(values.#openings, opening(line), index);
			if (index % linesPerSlice === 0) {
				yield;
			}
		}
		return values;
	}

	/** Worth of `line` at each original line, 0 where they differ; until the next call. Shape: (original lines). */
	worth(line: string): Float64Array {
		const worth = this.#worth.fill(0);
		const text = line.trim();
		const sameText = this.#trimmed.get(text) ?? [];
		const full = fullWorth(text) / Math.sqrt(Math.max(1, sameText.length));
		const start = opening(text);
		for (const index of (start !== '' && this.#openings.get(start)) || []) {
			worth[index] = full * alike;
		}
		for (const index of sameText) {
			worth[index] = full * reindented;
		}
		for (const index of this.#exact.get(line) ?? []) {
			worth[index] = full;
		}
		return worth;
	}

	/** Adds to the worth of lines that have a blank one before them, or behind them with a side of 1. */
	favour(worth: Float64Array, side: -1 | 1): void {
		for (const [index, value] of worth.entries()) {
			if (value > 0 && isBlank(this.#lines[index + side] ?? '')) {
				worth[index] = value + besideBlank;
			}
		}
	}
}

/** What a line is worth that stands once in the file; of one that stands in many places, each says little. */
function fullWorth(text: string): number {
	if (text === '') {
		return blankLine;
	}
	return /\w/.test(text) ? wordyLine : barePunctuation;
}

/** The first two words of a line: enough to know a changed declaration or assignment again. */
function opening(line: string): string {
	const word = /\w+/g;
	const first = word.exec(line)?.[0] ?? '';
	const second = first && word.exec(line)?.[0];
	return second ? `${first} ${second}` : first;
}

function append(map: Map<string, number[]>, key: string, index: number): void {
	const list = map.get(key);
	if (list) {
		list.push(index);
	} else {
		map.set(key, [index]);
	}
}
