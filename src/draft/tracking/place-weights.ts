/** Places kept from step to step, and the least share of the weight for which a place is kept. */
const maxPlaces = 32;
const minShare = 1e-4;

/** Weights of places, ascending, in buffers that are used again and again. */
export class PlaceWeights {
	length = 0;
	/** Shapes of all: (capacity), of which `length` are in use. */
	readonly places: Int32Array;
	/** Weight of: the last token was copied from just before the place. */
	readonly copied: Float64Array;
	/** Weight of: the last token was inserted at the place. */
	readonly inserted: Float64Array;

	/** @param numNew most places that one step adds */
	constructor(numNew: number) {
		this.places = new Int32Array(maxPlaces + numNew);
		this.copied = new Float64Array(maxPlaces + numNew);
		this.inserted = new Float64Array(maxPlaces + numNew);
	}

	clear(): void {
		this.length = 0;
	}

	add(place: number, copied: number, inserted: number): void {
		this.places[this.length] = place;
		this.copied[this.length] = copied;
		this.inserted[this.length++] = inserted;
	}

	/** Index of the place from which the last token was most likely copied. */
	heaviest(): number {
		let best = 0;
		for (let index = 1; index < this.length; index++) {
			if (this.copied[index]! > this.copied[best]!) {
				best = index;
			}
		}
		return best;
	}

	/** Scales the weights to a sum of one and drops the light ones. */
	normalise(): void {
		let total = 0;
		for (let index = 0; index < this.length; index++) {
			total += this.#weight(index);
		}
		this.#keep(minShare * total, Math.max(total, Number.MIN_VALUE));
		if (this.length > maxPlaces) {
			this.#keep(this.#nthLargest(maxPlaces), 1);
		}
	}

	#weight(index: number): number {
		return this.copied[index]! + this.inserted[index]!;
	}

	#keep(floor: number, total: number): void {
		let kept = 0;
		for (let index = 0; index < this.length; index++) {
			if (this.#weight(index) < floor) {
				continue;
			}
			this.places[kept] = this.places[index]!;
			this.copied[kept] = this.copied[index]! / total;
			this.inserted[kept++] = this.inserted[index]! / total;
		}
		this.length = kept;
	}

	#nthLargest(n: number): number {
		const weights = new Float64Array(this.length).map((_, index) => this.#weight(index)).sort();
		return weights[weights.length - n]!;
	}
}
