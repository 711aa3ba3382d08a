/** One line of a byte-pair merge table, as either version of tokenizer.json writes it. */
export type Merge = string | readonly [left: string, right: string];

/** Ids and ranks are packed into one number, which is exact below 2 ** 53. */
const idLimit = 2 ** 24;
const positionLimit = 2 ** 28;

/**
 * Byte-pair merging for long unbroken runs. The library needs ten microseconds and more for each character of
 * one, so a megabyte of spaces would block the process for half a minute; this takes well under a second. Both
 * merge the pair of lowest rank first and the leftmost of equals, so the ids are the same.
 */
export class RunMerger {
	readonly #vocabulary: ReadonlyMap<string, number>;
	readonly #ranks = new Map<number, number>();
	/** Id of the merged token by rank. */
	readonly #merged: number[] = [];

	/** @param merges lowest rank first */
	constructor(vocabulary: ReadonlyMap<string, number>, merges: readonly Merge[]) {
		this.#vocabulary = vocabulary;
		for (const [rank, merge] of merges.entries()) {
			const [left, right] = typeof merge === 'string' ? merge.split(' ') : merge;
			const [leftId, rightId] = [vocabulary.get(left!), vocabulary.get(right!)];
			const merged = vocabulary.get(left! + right!);
			if (leftId !== undefined && rightId !== undefined && merged !== undefined) {
				this.#ranks.set(leftId * idLimit + rightId, rank);
				this.#merged[rank] = merged;
			}
		}
	}

	/** @param run byte-level text; characters without a token are left out, as the library does */
	merge(run: string): number[] {
		const ids = Array.from(run, character => this.#vocabulary.get(character)).filter(id => id !== undefined);
		const next = Int32Array.from(ids, (_, position) => position + 1);
		const previous = Int32Array.from(ids, (_, position) => position - 1);
		const heap = new MinHeap();
		const rankAt = (position: number): number | undefined =>
			position < 0 || next[position]! >= ids.length
				? undefined
				: this.#ranks.get(ids[position]! * idLimit + ids[next[position]!]!);
		const offer = (position: number): void => {
			const rank = rankAt(position);
			if (rank !== undefined) {
				heap.push(rank * positionLimit + position);
			}
		};
		ids.forEach((_, position) => {
			offer(position);
		});
		for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
			const position = entry % positionLimit;
			const rank = (entry - position) / positionLimit;
			// An entry is stale where one of its tokens has been merged since.
			if (ids[position] === gone || rankAt(position) !== rank) {
				continue;
			}

			const right = next[position]!;
			ids[position] = this.#merged[rank]!;
			ids[right] = gone;
			next[position] = next[right]!;
			if (next[right]! < ids.length) {
				previous[next[right]!] = position;
			}

			offer(previous[position]!);
			offer(position);
		}

		return ids.filter(id => id !== gone);
	}
}

const gone = -1;

/** Binary heap of numbers, smallest first. */
class MinHeap {
	readonly #items: number[] = [];

	push(item: number): void {
		const items = this.#items;
		let index = items.push(item) - 1;
		while (index > 0) {
			const parent = (index - 1) >> 1;
			if (items[parent]! <= item) {
				break;
			}

			items[index] = items[parent]!;
			index = parent;
		}

		items[index] = item;
	}

	pop(): number | undefined {
		const items = this.#items;
		const [smallest] = items;
		const last = items.pop();
		if (last !== undefined && items.length > 0) {
			this.#sink(last);
		}

		return smallest;
	}

	#sink(item: number): void {
		const items = this.#items;
		let index = 0;
		for (;;) {
			let child = 2 * index + 1;
			if (child + 1 < items.length && items[child + 1]! < items[child]!) {
				child++;
			}

			if (child >= items.length || items[child]! >= item) {
				break;
			}

			items[index] = items[child]!;
			index = child;
		}

		items[index] = item;
	}
}
