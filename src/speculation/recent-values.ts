/** The latest values of a series, up to a number. */
export class RecentValues {
	readonly #values: number[] = [];
	readonly #capacity: number;
	#next = 0;

	constructor(capacity: number) {
		this.#capacity = capacity;
	}

	get length(): number {
		return this.#values.length;
	}

	push(value: number): void {
		this.#values[this.#next] = value;
		this.#next = (this.#next + 1) % this.#capacity;
	}

	/** 0 where there is none. */
	min(): number {
		return this.length === 0 ? 0 : Math.min(...this.#values);
	}

	/** The lower one of two middle values; 0 where there is none. */
	median(): number {
		return this.#values.toSorted((left, right) => left - right)[(this.length - 1) >> 1] ?? 0;
	}
}
