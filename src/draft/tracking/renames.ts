import {firstAbove, type Prediction} from '../prediction/prediction.ts';
import {sharedEnds} from '../shared-ends.ts';
import type {Tuning} from '../tuning.ts';
import type {WordPair, WordPairs} from './word-pairs.ts';

/** Renames kept at a time: each is looked for in every draft. The ones learnt first go first. */
const maxRenames = 64;
/** Shorter words stand for too many things. */
const minLength = 2;

/** A word and what is now written in its place. */
export interface Rename extends WordPair {
	/** Times that the new word was written for the old one, and times that the old one was kept. */
	numSeen: number;
	numKept: number;
	/** Whether one sighting is enough. */
	readonly isClear: boolean;
	/** Whether the old word was kept in the text before the first sighting. */
	readonly wasKept: boolean;
}

/** A rename at one place of the prediction. */
export interface RenameSite {
	/** Offset in the prediction's text. */
	readonly offset: number;
	readonly rename: Rename;
}

/** Renames seen in the edit so far, to be applied ahead to the rest of the prediction. */
export class Renames {
	readonly #prediction: Prediction;
	readonly #tuning: Tuning;
	readonly #renames = new Map<string, Rename>();

	constructor(prediction: Prediction, tuning: Tuning) {
		this.#prediction = prediction;
		this.#tuning = tuning;
	}

	/** Takes a rename for granted, because the instruction asks for it. */
	expect(pair: WordPair): void {
		if (this.#prediction.offsetsOf(pair.old).length === 0) {
			return;
		}
		this.#keep({...pair, numSeen: 1, numKept: 0, isClear: true, wasKept: false});
	}

	/** Learns from a replacement that was written at `place`. */
	learn(found: WordPairs, place: number): void {
		for (const rename of this.#read(found, place)) {
			const known = this.#renames.get(rename.old);
			if (known?.new === rename.new) {
				known.numSeen++;
			} else {
				this.#keep(rename);
			}
		}
	}

	/** Renames that a replacement at `place` hints at, before it is certain that it is one. */
	guess(found: WordPairs, place: number): Rename[] {
		return this.#read(found, place).filter(rename => !this.#renames.has(rename.old) && isActive(rename));
	}

	/** Where the renames in force, and `guesses`, apply between two places, in order. */
	sites(from: number, to: number, guesses: readonly Rename[]): RenameSite[] {
		const {starts} = this.#prediction;
		const sites: RenameSite[] = [];
		for (const rename of [...[...this.#renames.values()].filter(isActive), ...guesses]) {
			const offsets = this.#prediction.offsetsOf(rename.old);
			for (let index = firstAbove(offsets, starts[from]! - 1); index < offsets.length; index++) {
				if (offsets[index]! + rename.old.length > starts[to]!) {
					break;
				}
				sites.push({offset: offsets[index]!, rename});
			}
		}
		return sites.sort((left, right) => left.offset - right.offset);
	}

	#keep(rename: Rename): void {
		this.#renames.delete(rename.old);
		this.#renames.set(rename.old, rename);
		if (this.#renames.size > maxRenames) {
			this.#renames.delete(this.#renames.keys().next().value!);
		}
	}

	#read({pairs, numChanges}: WordPairs, place: number): Rename[] {
		const known = pairs.filter(pair => pair.old.length >= minLength);
		return known.map(pair => ({
			...pair,
			numSeen: 1,
			numKept: 0,
			isClear: numChanges === 1 || likeness(pair) >= this.#tuning.alikeShare,
			wasKept: this.#occursBefore(pair.old, place),
		}));
	}

	#occursBefore(word: string, place: number): boolean {
		const first = this.#prediction.offsetsOf(word)[0];
		return first === undefined || first + word.length <= this.#prediction.starts[place]!;
	}
}

function isActive({numSeen, numKept, isClear, wasKept}: Rename): boolean {
	const isCertain = numSeen >= 2 || (isClear && !wasKept);
	return isCertain && numSeen >= numKept + (wasKept && numKept > 0 ? 1 : 0);
}

/** Common start and end of two words over the longer one. */
function likeness(pair: WordPair): number {
	const [old, now] = [pair.old.toLowerCase(), pair.new.toLowerCase()];
	const {start, end} = sharedEnds(old, now);
	return (start + end) / Math.max(old.length, now.length);
}
