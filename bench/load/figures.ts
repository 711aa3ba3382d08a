import {quantile} from '../quantile.ts';
import type {LoadRun} from './edits-at-a-time.ts';

/** Passes, their tokens, and the steps that took part in them; undefined where an engine does not count it. */
export type PassCounts = readonly (number | undefined)[];

/** What a run tells. */
export interface LoadFigures {
	readonly tokensPerSecond: number;
	readonly firstMsP50: number;
	readonly firstMsP99: number;
	readonly longestGapMs: number;
	/** NaN where the engine does not count it. */
	readonly stepsPerPass: number;
	readonly tokensPerPass: number;
}

export function figures({edits, elapsedMs}: LoadRun, passes: PassCounts): LoadFigures {
	const [numPasses = Number.NaN, numTokens = Number.NaN, numSteps = Number.NaN] = passes;
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

/** What happened between two counts. */
export function countsBetween(before: PassCounts, after: PassCounts): PassCounts {
	return after.map((count, i) => (count === undefined ? undefined : count - (before[i] ?? 0)));
}
