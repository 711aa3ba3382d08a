import type {Verifier} from '../../src/speculation/verifier.ts';
import {quantile} from '../quantile.ts';

/** Time of steps as the gateway sees it, less that of their passes. */
export interface StepOverhead {
	/** Draft tokens of each step. */
	readonly draftTokens: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
}

const contextTokens = 256;
const warmUpSteps = 5;

/** One sequence, one step after the other, so that no step waits for the pass of another. */
export async function stepOverhead(
	verifier: Verifier,
	draftTokens: number,
	numSteps: number,
): Promise<StepOverhead> {
	const {signal} = new AbortController();
	const branches = draftTokens > 0 ? [Array.from({length: draftTokens}, (_, i) => i % 100)] : [];
	const sequence = verifier.open();
	try {
		await sequence.verify(
			{keepLength: 0, adoptBranch: 0, prefix: Array(contextTokens).fill(1), branches: []},
			signal,
		);
		const overheadMs: number[] = [];
		for (let step = 0; step < warmUpSteps + numSteps; step++) {
			const keepLength = contextTokens;
			const {queueMs} = await sequence.verify({keepLength, adoptBranch: 0, prefix: [0], branches}, signal);
			overheadMs.push(queueMs);
		}

		const counted = overheadMs.slice(warmUpSteps);
		return {draftTokens, p50Ms: quantile(counted, 0.5), p99Ms: quantile(counted, 0.99)};
	} finally {
		await sequence.end();
	}
}
