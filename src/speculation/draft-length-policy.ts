import type {Draft} from './drafter.ts';
import type {ObservedPass} from './observed-passes.ts';

/** Decides how much of each candidate goes into the next verify pass. */
export interface DraftLengthPolicy {
	/**
	 * Number of tokens to send of each draft, in the order given; 0 leaves a draft out.
	 * @param drafts candidates of the drafter, best first
	 * @param otherTokens tokens of other sequences expected in the same pass
	 */
	choose(drafts: readonly Draft[], otherTokens: number): readonly number[];
	/** Tells what a pass cost. */
	observe(pass: ObservedPass): void;
}

/** Sends the best draft at a fixed length. */
export class FixedLengthPolicy implements DraftLengthPolicy {
	readonly #maxTokens: number;

	constructor(maxTokens: number) {
		this.#maxTokens = maxTokens;
	}

	choose(drafts: readonly Draft[]): readonly number[] {
		return drafts.map((draft, index) => (index === 0 ? Math.min(draft.tokens.length, this.#maxTokens) : 0));
	}

	observe(): void {}
}
