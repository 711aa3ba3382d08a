/** A value that counts `weight` times. */
export interface Weighted {
	readonly value: number;
	readonly weight: number;
}

/**
 * The never falling series nearest to a series, by weighted squares. Shape: (values).
 * Method: pool adjacent violators (Ayer and others, "An empirical distribution function for sampling with incomplete
 * information", 1955).
 */
export function monotoneRegression(series: readonly Weighted[]): number[] {
	const pools: {value: number; weight: number; size: number}[] = [];
	for (const {value, weight} of series) {
		let pool = {value, weight, size: 1};
		for (let last = pools.at(-1); last && last.value > pool.value; last = pools.at(-1)) {
			pools.pop();
			const total = last.weight + pool.weight;
			const mean = (last.value * last.weight + pool.value * pool.weight) / total;
			pool = {value: mean, weight: total, size: last.size + pool.size};
		}
		pools.push(pool);
	}
	return pools.flatMap(({value, size}) => Array.from({length: size}, () => value));
}
