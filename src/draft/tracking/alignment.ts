/**
 * Online alignment of the emitted tokens with the prediction, so that drafting goes on at the right place after an
 * insertion, a deletion, a replacement or a move.
 *
 * Method: the forward algorithm of a pair hidden Markov model with affine gaps (Durbin, Eddy, Krogh and Mitchison,
 * "Biological Sequence Analysis", 1998, chapter 4). An emitted token was either copied from the prediction or inserted.
 * Only the places that carry weight are kept, and only places where the emitted token occurs are looked at, so that a step
 * costs the same in a long file as in a short one. While every token agrees there is one place and nothing to compute.
 */

import {firstAbove, type Prediction} from '../prediction/prediction.ts';
import type {Tuning} from '../tuning.ts';
import {GapSums} from './gap-sums.ts';
import {PlaceWeights} from './place-weights.ts';

/** Occurrences of the emitted token that one step looks at, from the first place kept on. */
const maxOccurrences = 64;
/** Chance that an insertion replaced nothing of the prediction. */
const isPureInsertion = 0.5;

/** A place of the prediction and the chance that the token there comes next. */
export interface Arrival {
	readonly place: number;
	readonly chance: number;
}

/** What a replacement may have completed with the last token: it likely ends where the same unit of the old text ends. */
export type Unit = 'word' | 'line' | undefined;

export class Alignment {
	readonly #prediction: Prediction;
	readonly #tuning: Tuning;
	readonly #chances = new Float64Array(maxOccurrences);
	#weights = new PlaceWeights(maxOccurrences);
	#spare = new PlaceWeights(maxOccurrences);
	#isLocked = true;
	/** Nothing was emitted since the mismatch: its token was not copied from the place of the mismatch. */
	#isFresh = false;
	#unitEnds: Int32Array | undefined;

	constructor(prediction: Prediction, tuning: Tuning) {
		this.#prediction = prediction;
		this.#tuning = tuning;
		this.lock(0);
	}

	/** Whether the place is certain. */
	get isLocked(): boolean {
		return this.#isLocked;
	}

	/** The likeliest place. */
	get place(): number {
		return this.#weights.places[this.#weights.heaviest()]!;
	}

	/** How likely it is that the last token was copied from just before `place`. */
	get certainty(): number {
		return this.#weights.copied[this.#weights.heaviest()]!;
	}

	lock(place: number): void {
		this.#weights.clear();
		this.#weights.add(place, 1, 0);
		this.#isLocked = true;
	}

	/** The next token will not be the one expected. */
	unlock(): void {
		this.#isLocked = false;
		this.#isFresh = true;
		this.#unitEnds = undefined;
	}

	/** Chance that the next token is an inserted one. */
	get insertionChance(): number {
		const {insertion} = this.#rates();
		let chance = 0;
		for (let index = 0; index < this.#weights.length; index++) {
			chance += this.#staying(index, insertion);
		}
		return chance;
	}

	/** Places at which copying may go on, without those behind a deletion, which are many and unlikely. */
	arrivals(): Arrival[] {
		const arrivals: Arrival[] = [];
		this.#eachArrival((place, chance) => {
			if (place < this.#prediction.length) {
				arrivals.push({place, chance});
			}
		});
		return arrivals;
	}

	/**
	 * Takes an emitted token.
	 * @param insertedChance chance of this token, were it an inserted one
	 */
	push(token: number, insertedChance: number, unit: Unit): void {
		const occurrences = this.#prediction.occurrences(token);
		const from = firstAbove(occurrences, this.#weights.places[0]! - 1);
		const length = Math.min(occurrences.length - from, maxOccurrences);
		this.#weighCopies(token, occurrences, from, length);
		this.#merge(occurrences, from, length, insertedChance);
		[this.#weights, this.#spare] = [this.#spare, this.#weights];
		this.#weights.normalise();
		this.#isFresh = false;
		this.#unitEnds = unit && (unit === 'word' ? this.#prediction.wordEnds : this.#prediction.lineEnds);
	}

	#rates() {
		const {deletionRate, insertionRate, insertionEnds} = this.#tuning;
		// At a mismatch copying is out of the question, so the other two share its chance.
		const scale = this.#isFresh ? 1 / (deletionRate + insertionRate) : 1;
		const deletion = deletionRate * scale;
		const insertion = insertionRate * scale;
		return {copy: 1 - deletion - insertion, deletion, insertion, insertionEnds};
	}

	/** Chance of an inserted token at a place that is kept. */
	#staying(index: number, insertion: number): number {
		return (
			this.#weights.copied[index]! * insertion +
			this.#weights.inserted[index]! * (1 - this.#tuning.insertionEnds)
		);
	}

	#eachArrival(visit: (place: number, chance: number) => void): void {
		const {places, copied, inserted, length} = this.#weights;
		const {copy, insertionEnds} = this.#rates();
		for (let index = 0; index < length; index++) {
			const place = places[index]!;
			visit(place, copied[index]! * copy + inserted[index]! * insertionEnds * isPureInsertion);
			const end = this.#unitEnds?.[place] ?? place;
			if (end > place && inserted[index]! > 0) {
				visit(end, inserted[index]! * this.#tuning.unitEnds);
			}
		}
	}

	/** Chance of copying `token` from each of its occurrences, from the first place kept on. */
	#weighCopies(token: number, occurrences: readonly number[], from: number, length: number): void {
		const {deletion, insertionEnds} = this.#rates();
		const gaps = new GapSums(this.#weights, deletion, insertionEnds * (1 - isPureInsertion));
		for (let index = 0; index < length; index++) {
			this.#chances[index] = gaps.reach(occurrences[from + index]!);
		}
		this.#eachArrival((place, chance) => {
			if (this.#prediction.tokens[place] !== token) {
				return;
			}
			const index = firstAbove(occurrences, place - 1) - from;
			if (index < length) {
				this.#chances[index]! += chance;
			}
		});
	}

	/** The places kept, and those behind the copies, in one ascending list. */
	#merge(occurrences: readonly number[], from: number, length: number, insertedChance: number): void {
		const {places, length: numPlaces} = this.#weights;
		const {insertion} = this.#rates();
		this.#spare.clear();
		for (let kept = 0, copy = 0; kept < numPlaces || copy < length; ) {
			const keptPlace = kept < numPlaces ? places[kept]! : Number.POSITIVE_INFINITY;
			const copyPlace = copy < length ? occurrences[from + copy]! + 1 : Number.POSITIVE_INFINITY;
			const copied = copyPlace <= keptPlace ? this.#chances[copy++]! : 0;
			const inserted = keptPlace <= copyPlace ? this.#staying(kept++, insertion) * insertedChance : 0;
			this.#spare.add(Math.min(keptPlace, copyPlace), copied, inserted);
		}
	}
}
