import {agreeingPrefix} from '../speculation/agreeing-prefix.ts';

/** How many values two lists share at their start and, besides, at their end. */
export function sharedEnds<Value>(
	before: ArrayLike<Value>,
	after: ArrayLike<Value>,
): {start: number; end: number} {
	const start = agreeingPrefix(before, after);
	const limit = Math.min(before.length, after.length) - start;
	let end = 0;
	while (end < limit && before[before.length - 1 - end] === after[after.length - 1 - end]) {
		end++;
	}
	return {start, end};
}
