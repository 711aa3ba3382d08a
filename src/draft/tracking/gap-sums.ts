import type {PlaceWeights} from './place-weights.ts';

/** Deletions are short or long: share of the short ones, and mean lengths in tokens of two geometric distributions. */
const shortShare = 0.8;
const shortMean = 4;
const longMean = 150;

const shortDecay = 1 - 1 / shortMean;
const longDecay = 1 - 1 / longMean;
/** Powers of the decays; behind their ends nothing is left. */
const shortDecays = Float64Array.from({length: 256}, (_, distance) => shortDecay ** distance);
const longDecays = Float64Array.from({length: 8192}, (_, distance) => longDecay ** distance);

/** Chances of reaching later and later places by deletions from all places before them. */
export class GapSums {
	readonly #weights: PlaceWeights;
	/** Chances of leaving a place by a deletion: from a copied token, and from an inserted one. */
	readonly #deletion: number;
	readonly #replacement: number;
	#next = 0;
	#at: number;
	#short = 0;
	#long = 0;

	constructor(weights: PlaceWeights, deletion: number, replacement: number) {
		this.#weights = weights;
		this.#deletion = deletion;
		this.#replacement = replacement;
		this.#at = weights.places[0]!;
	}

	/** @param place must not fall from call to call */
	reach(place: number): number {
		const {places, copied, inserted, length} = this.#weights;
		for (; this.#next < length && places[this.#next]! < place; this.#next++) {
			this.#moveTo(places[this.#next]!);
			const leaving = copied[this.#next]! * this.#deletion + inserted[this.#next]! * this.#replacement;
			this.#short += leaving;
			this.#long += leaving;
		}
		this.#moveTo(place);
		return (
			(this.#short * shortShare * (1 - shortDecay)) / shortDecay +
			(this.#long * (1 - shortShare) * (1 - longDecay)) / longDecay
		);
	}

	#moveTo(place: number): void {
		const distance = place - this.#at;
		if (distance === 0) {
			return;
		}
		this.#short *= shortDecays[distance] ?? 0;
		this.#long *= longDecays[distance] ?? 0;
		this.#at = place;
	}
}
