import type {Verifier} from '../../src/speculation/verifier.ts';

export interface BudgetedPass {
	readonly maxTokens: number;
	/** Tokens of the sequence at the pass's end. */
	readonly contextTokens: number;
}

const repeats = 3;

/** Least time of a full pass at the end of a long prompt: what a step waits for that comes while one is read. */
export async function budgetedPassMs(
	verifier: Verifier,
	{maxTokens, contextTokens}: BudgetedPass,
): Promise<number> {
	const {signal} = new AbortController();
	const sequence = verifier.open();
	const read = (keepLength: number, numTokens: number) =>
		sequence.verify({keepLength, adoptBranch: 0, prefix: Array(numTokens).fill(1), branches: []}, signal);
	try {
		const keepLength = contextTokens - maxTokens;
		await read(0, keepLength);
		const times: number[] = [];
		for (let repeat = 0; repeat < repeats; repeat++) {
			times.push((await read(keepLength, maxTokens)).passMs);
		}

		return Math.min(...times);
	} finally {
		await sequence.end();
	}
}
