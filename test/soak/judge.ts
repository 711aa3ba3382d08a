import type {Outcomes} from '../helpers/gateway-process.ts';
import type {Holdings, leftovers} from './leaks.ts';

/** All that a soak is judged by, beside what went wrong on the way. */
export interface SoakFacts {
	readonly minEdits: number;
	readonly rounds: number;
	/** Edits of the phase with faults. */
	readonly numEdits: number;
	/** Calls of all phases. */
	readonly numCalls: number;
	/** Calls that were broken off before anything came of them, and may never have arrived. */
	readonly numUnanswered: number;
	readonly faults: ReadonlyMap<string, number>;
	readonly before: Holdings;
	readonly after: Holdings;
	readonly left: ReturnType<typeof leftovers>;
	readonly outcomes: Outcomes;
}

const maxHeapGrowthBytes = 24 << 20;
/** A connection that is being replaced is there twice. */
const maxNewHandles = 2;

/** What is not as it has to be. */
export function judge(facts: SoakFacts): string[] {
	return [...judgeExtent(facts), ...judgeHoldings(facts), ...judgeCounts(facts)];
}

function judgeExtent({minEdits, rounds, numEdits, faults}: SoakFacts): string[] {
	const rare = [...faults].filter(([, count]) => count < rounds);
	return [
		...(numEdits < minEdits ? [`expected ${minEdits} edits, got ${numEdits}`] : []),
		...rare.map(([name, count]) => `${name}: expected it ${rounds} times, got it ${count} times`),
	];
}

function judgeHoldings({before, after, left}: SoakFacts): string[] {
	const limits = {
		sequences: 0,
		kvTokens: before.kvTokens,
		processes: before.processes,
		files: before.files,
		handles: before.handles + maxNewHandles,
		heapBytes: before.heapBytes + maxHeapGrowthBytes,
	};
	const beyond = Object.entries(limits).filter(([name, limit]) => after[name as keyof Holdings] > limit);
	return [
		...beyond.map(
			([name, limit]) => `leaked ${name}: expected at most ${limit}, got ${after[name as keyof Holdings]}`,
		),
		...(left.processes + left.files > 0 ? [`left behind by the Tritons: ${JSON.stringify(left)}`] : []),
	];
}

function judgeCounts({outcomes, numCalls, numUnanswered}: SoakFacts): string[] {
	const counted = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
	return counted <= numCalls && counted >= numCalls - numUnanswered
		? []
		: [`metrics: expected ${numCalls} edits, ${numUnanswered} less at most, got ${JSON.stringify(outcomes)}`];
}
