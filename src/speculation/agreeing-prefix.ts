/** How many values two lists share at their start. */
export function agreeingPrefix<Value>(left: ArrayLike<Value>, right: ArrayLike<Value>): number {
	const limit = Math.min(left.length, right.length);
	let length = 0;
	while (length < limit && left[length] === right[length]) {
		length++;
	}
	return length;
}

/** The draft that agrees longest with what the model writes. */
export interface BestDraft {
	/** Index of the draft; 0 where none agrees. */
	readonly index: number;
	readonly numAgreeing: number;
}

/**
 * Greedy acceptance over several drafts: the longest agreeing prefix wins, the earlier draft where they tie.
 * @param writtenFor what the model writes, as far as it is known for a draft
 */
export function longestAgreeing(
	drafts: readonly ArrayLike<number>[],
	writtenFor: (index: number) => ArrayLike<number>,
): BestDraft {
	let best: BestDraft = {index: 0, numAgreeing: 0};
	for (const [index, draft] of drafts.entries()) {
		const numAgreeing = agreeingPrefix(draft, writtenFor(index));
		if (numAgreeing > best.numAgreeing) {
			best = {index, numAgreeing};
		}
	}
	return best;
}
