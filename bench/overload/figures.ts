import type {Accepted, LoadResult} from './load.ts';

/** Speed of the edits that were let in, in tokens per second. */
export interface Speeds {
	/** Of one edit, in the mean. */
	readonly each: number;
	readonly together: number;
}

export function speedsOf(accepted: readonly Accepted[]): Speeds {
	const seconds = accepted.map(({startedMs, endedMs}) => (endedMs - startedMs) / 1000);
	const numTokens = accepted.reduce((sum, edit) => sum + edit.numTokens, 0);
	const firstMs = Math.min(...accepted.map(({startedMs}) => startedMs));
	const lastMs = Math.max(...accepted.map(({endedMs}) => endedMs));
	return {
		each: numTokens / seconds.reduce((sum, value) => sum + value, 0),
		together: (1000 * numTokens) / (lastMs - firstMs),
	};
}

/** Edits that ended per second. */
export function editsPerSecond({accepted}: LoadResult): number {
	const firstMs = Math.min(...accepted.map(({startedMs}) => startedMs));
	const lastMs = Math.max(...accepted.map(({endedMs}) => endedMs));
	return (1000 * accepted.length) / (lastMs - firstMs);
}
