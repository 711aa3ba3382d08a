/** What a shared line is worth: much where it has words, little where it is a brace or blank. */
const wordyLine = 2;
const barePunctuation = 0.2;
const blankLine = 0.1;
/** More for a line that has a blank one beside it in both, where a marker stands behind that in the update. */
const besideBlank = 0.5;
/** Share of its worth for a line that differs in its indentation only, and for one that only begins alike. */
const reindented = 0.5;
const alike = 0.1;

/** The original's lines, and what a line of an update is worth against each of them. */
export class LineValues {
	readonly numLines: number;
	readonly #exact = new Map<string, number[]>();
	readonly #trimmed = new Map<string, number[]>();
	readonly #openings = new Map<string, number[]>();
	readonly #lines: readonly string[];

	constructor(lines: readonly string[]) {
		this.numLines = lines.length;
		this.#lines = lines;
		for (const [index, line] of lines.entries()) {
			append(this.#exact, line, index);
			append(this.#trimmed, line.trim(), index);
			append(this.#openings, opening(line), index);
		}
	}

	/** Adds to the worth of lines that have a blank one beside them. */
	favour(worth: Float64Array, side: -1 | 1): void {
		for (const [index, value] of worth.entries()) {
			if (value > 0 && (this.#lines[index + side] ?? '').trim() === '') {
				worth[index] = value + besideBlank;
			}
		}
	}

	/** Worth of `line` at each original line, 0 where they differ. Shape: (original lines). */
	worth(line: string): Float64Array {
		const worth = new Float64Array(this.numLines);
		const text = line.trim();
		const full = text === '' ? blankLine : /\w/.test(text) ? wordyLine : barePunctuation;
		if (opening(text) !== '') {
			for (const index of this.#openings.get(opening(text)) ?? []) {
				worth[index] = full * alike;
			}
		}
		for (const index of this.#trimmed.get(text) ?? []) {
			worth[index] = full * reindented;
		}
		for (const index of this.#exact.get(line) ?? []) {
			worth[index] = full;
		}
		return worth;
	}
}

/** The first two words of a line: enough to know a changed declaration or assignment again. */
function opening(line: string): string {
	return (line.match(/\w+/g) ?? []).slice(0, 2).join(' ');
}

function append(map: Map<string, number[]>, key: string, index: number): void {
	const list = map.get(key);
	if (list) {
		list.push(index);
	} else {
		map.set(key, [index]);
	}
}
