/** A place in the original, and whether the line before it was inserted there. */
export interface Step {
	readonly place: number;
	readonly isInserted: boolean;
}

/** From where one line, or one marker, was reached at every place of the original: four bytes for each. */
export class BackPointers {
	/** Place from which a found line was reached, then a bit for the line before it there, and one for an insertion. */
	readonly #packed: Int32Array;

	/** @param length places */
	constructor(length: number) {
		this.#packed = new Int32Array(length);
	}

	/** The line was found before `place`: it was reached from `from`, where the line before was inserted or not. */
	setFinding(place: number, from: number, isInserted: boolean): void {
		this.#packed[place] = (from << 2) | (Number(isInserted) << 1) | (this.#packed[place]! & 1);
	}

	/** The line was inserted at `place`, behind a line that was inserted too or not. */
	setInsertion(place: number, isInsertedAgain: boolean): void {
		this.#packed[place] = (this.#packed[place]! & ~1) | Number(isInsertedAgain);
	}

	finding(place: number): Step {
		const packed = this.#packed[place]!;
		return {place: packed >> 2, isInserted: (packed & 2) !== 0};
	}

	insertion(place: number): Step {
		return {place, isInserted: (this.#packed[place]! & 1) !== 0};
	}
}
