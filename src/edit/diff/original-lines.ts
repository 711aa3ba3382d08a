/** Each with its `\n`; the last may lack one. */
export function splitLines(text: string): string[] {
	const lines: string[] = [];
	let start = 0;
	while (start < text.length) {
		const end = text.indexOf('\n', start) + 1 || text.length;
		lines.push(text.slice(start, end));
		start = end;
	}

	return lines;
}

/** The lines of an original as numbers: equal lines have equal ids. Made in time linear in the text. */
export class OriginalLines {
	readonly #idsByLine = new Map<string, number>();
	readonly #ids: Int32Array;
	/** Per line the next one of the same id; the number of lines where there is none. */
	readonly #nextSame: Int32Array;
	/** Per id its first line that is not behind the last one asked for. */
	readonly #firsts: number[] = [];
	readonly #isUnique: boolean[] = [];

	constructor(original: string) {
		const lines = splitLines(original);
		this.#ids = Int32Array.from(lines, line => this.#idFor(line));
		this.#nextSame = new Int32Array(lines.length);
		for (let line = lines.length - 1; line >= 0; line--) {
			const id = this.#ids[line]!;
			const next = this.#firsts[id]!;
			this.#isUnique[id] = next === -1;
			this.#nextSame[line] = next === -1 ? lines.length : next;
			this.#firsts[id] = line;
		}
	}

	get numLines(): number {
		return this.#ids.length;
	}

	/** Undefined for a line that the original does not have. */
	idOf(line: string): number | undefined {
		return this.#idsByLine.get(line);
	}

	/** Id of a line of the original; undefined behind the last. */
	idAt(line: number): number | undefined {
		return this.#ids[line];
	}

	/** The original has one line of this id. */
	isUnique(id: number): boolean {
		return this.#isUnique[id]!;
	}

	/**
	 * The first lines of an id.
	 * @param from the first line that is wanted; no later call may ask for an earlier one
	 */
	*linesOf(id: number, from: number): Generator<number, void> {
		let line = this.#firsts[id]!;
		while (line < from) {
			line = this.#nextSame[line]!;
		}

		this.#firsts[id] = line;
		for (; line < this.numLines; line = this.#nextSame[line]!) {
			yield line;
		}
	}

	#idFor(line: string): number {
		const known = this.#idsByLine.get(line);
		const id = known ?? this.#idsByLine.size;
		if (known === undefined) {
			this.#idsByLine.set(line, id);
			this.#firsts.push(-1);
			this.#isUnique.push(false);
		}

		return id;
	}
}
