/** One word written where another one stood. */
export interface WordPair {
	readonly old: string;
	readonly new: string;
}

export interface WordPairs {
	readonly pairs: readonly WordPair[];
	/** Runs of changed words between the texts: a pair that is the only one says more. */
	readonly numChanges: number;
}

const wordOrMark = /[\p{L}_$][\p{L}\p{N}_$]*|\p{N}+|\s+|[^\p{L}\p{N}\s_$]/gu;
const identifier = /^[\p{L}_$]/u;
/** Longest texts compared, in words and marks: the comparison is quadratic. */
const maxWords = 120;
/** Longest replacement of a word by several, as `a` by `this.a`. */
const maxNewLength = 24;

/** Identifiers replaced between two versions of a text, found by their longest common subsequence of words. */
export function findWordPairs(before: string, after: string): WordPairs {
	const old = before.match(wordOrMark) ?? [];
	const now = after.match(wordOrMark) ?? [];
	if (old.length > maxWords || now.length > maxWords) {
		return {pairs: [], numChanges: 0};
	}
	const runs = changedRuns(old, now);
	const pairs = runs.flatMap(([gone, come]) => {
		const text = come.join('');
		const isPair = gone.length === 1 && identifier.test(gone[0]!) && identifier.test(text);
		const isShort = come.length === 1 || (text.length <= maxNewLength && !/\s/.test(text));
		return isPair && isShort ? [{old: gone[0]!, new: text}] : [];
	});
	return {pairs, numChanges: runs.length};
}

function changedRuns(old: readonly string[], now: readonly string[]): [string[], string[]][] {
	const common = commonLengths(old, now);
	const width = now.length + 1;
	const runs: [string[], string[]][] = [];
	let i = 0;
	let j = 0;
	while (i < old.length || j < now.length) {
		const [from, since] = [i, j];
		while (i < old.length && j < now.length && old[i] !== now[j]) {
			if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) {
				i++;
			} else {
				j++;
			}
		}
		if (i === old.length || j === now.length) {
			[i, j] = [old.length, now.length];
		}
		if (i > from || j > since) {
			runs.push([old.slice(from, i), now.slice(since, j)]);
		}
		i++;
		j++;
	}
	return runs;
}

/** Longest common subsequence of all pairs of suffixes. Shape: (old + 1, now + 1), row by row. */
function commonLengths(old: readonly string[], now: readonly string[]): Uint16Array {
	const width = now.length + 1;
	const common = new Uint16Array((old.length + 1) * width);
	for (let i = old.length - 1; i >= 0; i--) {
		for (let j = now.length - 1; j >= 0; j--) {
			common[i * width + j] =
				old[i] === now[j]
					? common[(i + 1) * width + j + 1]! + 1
					: Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
		}
	}
	return common;
}
