/** Where each n-gram of a growing token sequence stood first, and where it stood last before now. */
export class NgramIndex {
	readonly #tokens: number[] = [];
	readonly #first: Map<number, number>[];
	readonly #last: Map<number, number>[];
	readonly #sizes: readonly number[];

	/** @param sizes n-gram sizes, longest first */
	constructor(sizes: readonly number[], tokens: readonly number[]) {
		this.#sizes = sizes;
		this.#first = sizes.map(() => new Map());
		this.#last = sizes.map(() => new Map());
		this.push(tokens);
	}

	push(tokens: readonly number[]): void {
		for (const token of tokens) {
			this.#note();
			this.#tokens.push(token);
		}
	}

	/** Continuation of the longest n-gram at the end that occurred before; `at most` tokens of it. */
	continuation(which: 'first' | 'last', limit: number): readonly number[] {
		const end = this.#tokens.length;
		for (const [index, size] of this.#sizes.entries()) {
			if (end < size) {
				continue;
			}
			const place = (which === 'first' ? this.#first : this.#last)[index]!.get(this.#hash(end, size));
			if (place !== undefined && this.#agrees(place, end, size)) {
				return this.#tokens.slice(place, place + limit);
			}
		}
		return [];
	}

	/** Files the n-grams that end before the next token: from then on they have a continuation. */
	#note(): void {
		const end = this.#tokens.length;
		for (const [index, size] of this.#sizes.entries()) {
			if (end < size) {
				continue;
			}
			const key = this.#hash(end, size);
			if (!this.#first[index]!.has(key)) {
				this.#first[index]!.set(key, end);
			}
			this.#last[index]!.set(key, end);
		}
	}

	#hash(end: number, size: number): number {
		let hash = size;
		for (let at = end - size; at < end; at++) {
			hash = Math.imul(hash ^ this.#tokens[at]!, 0x9e3779b1) ^ (hash >>> 15);
		}
		return hash;
	}

	#agrees(place: number, end: number, size: number): boolean {
		for (let back = 1; back <= size; back++) {
			if (this.#tokens[place - back] !== this.#tokens[end - back]) {
				return false;
			}
		}
		return true;
	}
}
