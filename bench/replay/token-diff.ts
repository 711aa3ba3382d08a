/** A run that both texts share, in tokens: `original[at, at + length)` equals `target[to, to + length)`. */
export interface Block {
	readonly at: number;
	readonly to: number;
	readonly length: number;
}

/** The diff of an edit as a perfect drafter would know it. */
export interface TokenDiff {
	readonly blocks: readonly Block[];
	/** Maximal runs of inserted, deleted or replaced tokens. */
	readonly numHunks: number;
	/** Target tokens that no block covers. */
	readonly numNovel: number;
}

/**
 * Ratcliff and Obershelp's matching ("Pattern Matching: The Gestalt Approach", Dr. Dobb's Journal, July 1988):
 * the longest shared run first, then the same on both of its sides. It splits less than a minimal diff does.
 */
export function diffTokens(original: readonly number[], target: readonly number[]): TokenDiff {
	const places = new Map<number, number[]>();
	for (const [index, token] of original.entries()) {
		const list = places.get(token);
		if (list) {
			list.push(index);
		} else {
			places.set(token, [index]);
		}
	}
	const blocks: Block[] = [];
	const open = [{from: 0, until: original.length, low: 0, high: target.length}];
	for (let range = open.pop(); range; range = open.pop()) {
		const block = longestShared(original, target, places, range);
		if (block.length === 0) {
			continue;
		}
		blocks.push(block);
		open.push({...range, until: block.at, high: block.to});
		open.push({...range, from: block.at + block.length, low: block.to + block.length});
	}
	return summarise(blocks, original.length, target.length);
}

interface Range {
	readonly from: number;
	readonly until: number;
	readonly low: number;
	readonly high: number;
}

function longestShared(
	original: readonly number[],
	target: readonly number[],
	places: ReadonlyMap<number, readonly number[]>,
	{from, until, low, high}: Range,
): Block {
	const same = sharedEnds(original, target, {from, until, low, high});
	if (same.length > 0) {
		return same;
	}
	let best: Block = {at: from, to: low, length: 0};
	let lengths = new Map<number, number>();
	for (let to = low; to < high; to++) {
		const next = new Map<number, number>();
		for (const at of places.get(target[to]!) ?? []) {
			if (at < from) {
				continue;
			}
			if (at >= until) {
				break;
			}
			const length = (lengths.get(at - 1) ?? 0) + 1;
			next.set(at, length);
			if (length > best.length) {
				best = {at: at - length + 1, to: to - length + 1, length};
			}
		}
		lengths = next;
	}
	return best;
}

/** A long shared start or end of the range, which saves the quadratic search where an edit is small. */
function sharedEnds(original: readonly number[], target: readonly number[], range: Range): Block {
	const limit = Math.min(range.until - range.from, range.high - range.low);
	let start = 0;
	while (start < limit && original[range.from + start] === target[range.low + start]) {
		start++;
	}
	let end = 0;
	while (end < limit && original[range.until - 1 - end] === target[range.high - 1 - end]) {
		end++;
	}
	const isLong = (length: number) => length >= 16 || (length > 0 && length === limit);
	if (isLong(start) && start >= end) {
		return {at: range.from, to: range.low, length: start};
	}
	if (isLong(end)) {
		return {at: range.until - end, to: range.high - end, length: end};
	}
	return {at: range.from, to: range.low, length: 0};
}

function summarise(blocks: Block[], originalLength: number, targetLength: number): TokenDiff {
	blocks.sort((left, right) => left.to - right.to);
	const merged: Block[] = [];
	for (const block of blocks) {
		const last = merged.at(-1);
		if (last && last.at + last.length === block.at && last.to + last.length === block.to) {
			merged[merged.length - 1] = {...last, length: last.length + block.length};
		} else {
			merged.push(block);
		}
	}
	const first = merged[0];
	const last = merged.at(-1);
	const hasHead = !first || first.at > 0 || first.to > 0;
	const hasTail =
		last !== undefined && (last.at + last.length < originalLength || last.to + last.length < targetLength);
	const covered = merged.reduce((sum, block) => sum + block.length, 0);
	return {
		blocks: merged,
		numHunks: Math.max(0, merged.length - 1) + (hasHead ? 1 : 0) + (hasTail ? 1 : 0),
		numNovel: targetLength - covered,
	};
}

/**
 * Per target token, whether a draft that fails there counts as a misprediction. 1 for a token that stands in the original
 * where the diff follows it, and for the first token of a hunk: nothing tells where the next hunk begins, so one per hunk
 * is the least without a snippet. 0 for the further novel tokens of a hunk, which no reuse of the original can know, and
 * for the first token behind novel ones, which is the evidence that they have ended. Shape: (target length).
 */
export type Expectation = Uint8Array;

export function expectations({blocks}: TokenDiff, targetLength: number): Expectation {
	const expected = new Uint8Array(targetLength);
	let end = 0;
	for (const block of [...blocks, {at: 0, to: targetLength, length: 0}]) {
		const hasNovel = end < block.to;
		if (hasNovel) {
			expected[end] = 1;
		}
		expected.fill(1, block.to + (hasNovel ? 1 : 0), block.to + block.length);
		end = block.to + block.length;
	}
	return expected;
}
