import {quantile} from '../quantile.ts';
import type {LoadRun} from './edits-at-a-time.ts';

/** Passes, their tokens, and the steps that took part in them. */
export type PassCounts = readonly number[];

/** What a run tells. */
export function figures(
	{edits, elapsedMs}: LoadRun,
	[numPasses = 0, numTokens = 0, numSteps = 0]: PassCounts,
) {
	const firstMs = edits.map(edit => edit.firstDeltaMs);
	const outputTokens = edits.reduce((sum, edit) => sum + edit.outputTokens, 0);
	return {
		tokensPerSecond: (1000 * outputTokens) / elapsedMs,
		firstMsP50: quantile(firstMs, 0.5),
		firstMsP99: quantile(firstMs, 0.99),
		longestGapMs: Math.max(...edits.map(edit => edit.longestGapMs)),
		stepsPerPass: numSteps / numPasses,
		tokensPerPass: numTokens / numPasses,
	};
}
