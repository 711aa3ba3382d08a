/**
 * Random numbers in [0, 1) that a seed repeats: a linear congruential generator modulo 2^32, whose upper bits are
 * good enough to choose faults by.
 */
export function seededRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}
