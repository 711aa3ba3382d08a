import {RecentValues} from './recent-values.ts';

/** What a pass cost. */
export interface ObservedPass {
	/** Tokens of all sequences that were packed in it. */
	readonly packedTokens: number;
	readonly passMs: number;
	/** Time between sending the step and its answer that was not spent in the pass. */
	readonly queueMs: number;
}

/** Sizes are told apart by powers of two, up to this one. */
const maxSize = 16;
/** Passes of one size that are remembered, and how many of them say more than a measurement. */
const maxPasses = 31;
const minPasses = 5;
/** Passes of which the shortest wait counts: the others waited for other edits. */
const maxWaits = 63;

interface Size {
	readonly tokens: RecentValues;
	readonly ms: RecentValues;
}

/** The latest passes of each size. Medians, so that half of them may have been held up by something else. */
export class ObservedPasses {
	readonly #sizes: Size[] = Array.from({length: maxSize + 1}, () => ({
		tokens: new RecentValues(maxPasses),
		ms: new RecentValues(maxPasses),
	}));
	readonly #waits = new RecentValues(maxWaits);
	#count = 0;

	/** Passes seen, those forgotten included. */
	get count(): number {
		return this.#count;
	}

	add({packedTokens, passMs, queueMs}: ObservedPass): void {
		const size = this.#sizes[sizeOf(packedTokens)]!;
		size.tokens.push(packedTokens);
		size.ms.push(passMs);
		this.#waits.push(queueMs);
		this.#count++;
	}

	/** Whether enough passes of the size of `tokens` were seen. */
	knows(tokens: number): boolean {
		return isKnown(this.#sizes[sizeOf(tokens)]!);
	}

	/**
	 * One point for each size that is known, ascending: the median of its tokens took the median of its times, as time
	 * rises with the tokens.
	 */
	points(): {tokens: number; ms: number}[] {
		const waitMs = this.#waits.min();
		return this.#sizes
			.filter(isKnown)
			.map(({tokens, ms}) => ({tokens: tokens.median(), ms: ms.median() + waitMs}));
	}
}

function sizeOf(tokens: number): number {
	return Math.min(maxSize, Math.max(0, Math.floor(Math.log2(tokens))));
}

function isKnown({ms}: Size): boolean {
	return ms.length >= minPasses;
}
