import type {DraftLengthPolicy} from './draft-length-policy.ts';
import type {Draft} from './drafter.ts';
import type {ObservedPass} from './observed-passes.ts';
import type {PassTimes} from './pass-times.ts';

/**
 * Sends as much of each candidate as maximises the tokens expected per millisecond of the pass: the goodput rule of
 * "TurboSpec" (arXiv 2406.14066), with an acceptance probability per token in place of one acceptance rate.
 */
export class GoodputPolicy implements DraftLengthPolicy {
	readonly #passTimes: PassTimes;
	readonly #maxTokens: number;

	/**
	 * @param passTimes shared by all edits of one model: what one edit's passes teach helps all
	 * @param maxTokens most draft tokens of one pass, all candidates together
	 */
	constructor(passTimes: PassTimes, maxTokens: number) {
		this.#passTimes = passTimes;
		this.#maxTokens = maxTokens;
	}

	choose(drafts: readonly Draft[], otherTokens: number): readonly number[] {
		const lengths = drafts.map(() => 0);
		let best = lengths.slice();
		let expected = 1;
		let bestRate = expected / this.#passTimes.at(1 + otherTokens);
		for (let sent = 1; sent <= this.#maxTokens; sent++) {
			const next = mostLikely(drafts, lengths);
			if (next === -1) {
				break;
			}
			expected += drafts[next]!.acceptance[lengths[next]!++]!;
			const rate = expected / this.#passTimes.at(1 + otherTokens + sent);
			if (rate <= bestRate) {
				continue;
			}
			bestRate = rate;
			best = lengths.slice();
		}
		return best;
	}

	observe(pass: ObservedPass): void {
		this.#passTimes.observe(pass);
	}
}

/** The draft whose next token is the likeliest to be accepted; -1 where all are used up. */
function mostLikely(drafts: readonly Draft[], lengths: readonly number[]): number {
	let best = -1;
	let acceptance = -1;
	for (const [index, draft] of drafts.entries()) {
		const here = draft.acceptance[lengths[index]!];
		if (here === undefined || here <= acceptance) {
			continue;
		}
		best = index;
		acceptance = here;
	}
	return best;
}
