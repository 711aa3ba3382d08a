import type {FileText, LineEnding} from './file-text.ts';

/** Gives each line of an answer its ending, in order. */
export interface LineEndingRule {
	/** @param line its text, without an ending */
	endingOf(line: string): LineEnding;
}

/** A file whose lines all end alike lends that ending to every line; one without line endings gets `\n`. */
export function lineEndingRule(file: FileText): LineEndingRule {
	const [first = '\n'] = file.lineEndings;
	return file.lineEndings.every(ending => ending === first)
		? {endingOf: () => first}
		: new MixedLineEndings(file);
}

/**
 * Lines that come from the original keep their endings, new lines take the ending of the line before. Lines are told
 * by their text and followed through the original as the answer is written: a line whose text stands there once is
 * that line; of equal lines it is the one expected next, or the nearest one that lines replaced so far leave room for.
 */
class MixedLineEndings implements LineEndingRule {
	readonly #lines: readonly string[];
	readonly #endings: readonly LineEnding[];
	/** Where each text stands in the original, ascending. */
	readonly #places = new Map<string, number[]>();
	/** Line of the original that comes next if nothing changes. */
	#next = 0;
	/** Line that comes next if the last one was one of several equal ones further on. */
	#alternative = -1;
	/** New lines since the last one of the original. */
	#numNew = 0;
	#last: LineEnding;

	constructor({text, lineEndings}: FileText) {
		this.#lines = text.split('\n');
		this.#endings = lineEndings;
		this.#last = lineEndings[0]!;
		for (const [place, line] of this.#lines.entries()) {
			const places = this.#places.get(line);
			if (places) {
				places.push(place);
			} else {
				this.#places.set(line, [place]);
			}
		}
	}

	endingOf(line: string): LineEnding {
		const place = this.#find(line);
		this.#numNew = place === -1 ? this.#numNew + 1 : 0;
		// The last line of the original may have no ending to lend.
		this.#last = this.#endings[place] ?? this.#last;
		return this.#last;
	}

	/** Place of a line in the original; -1 for a new line. */
	#find(line: string): number {
		const places = this.#places.get(line) ?? [];
		const followed = [this.#next, this.#alternative].find(place => this.#lines[place] === line);
		const place = followed ?? this.#nearest(places);
		this.#alternative = -1;
		if (followed !== undefined || places.length === 1) {
			this.#next = place + 1;
		} else if (place !== -1) {
			this.#alternative = place + 1;
		}

		return place;
	}

	#nearest(places: readonly number[]): number {
		const place = places[firstFrom(places, this.#next)] ?? places.at(-1) ?? -1;
		const isFar = Math.abs(place - this.#next) > this.#numNew;
		return places.length > 1 && this.#numNew > 0 && isFar ? -1 : place;
	}
}

/** Index of the first value of an ascending list that is `limit` or more. */
function firstFrom(values: readonly number[], limit: number): number {
	let [low, high] = [0, values.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if (values[middle]! < limit) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}

	return low;
}
