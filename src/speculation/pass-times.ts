/** One measurement: a pass over `tokens` packed tokens took `ms`. */
export interface PassTime {
	readonly tokens: number;
	readonly ms: number;
}

/** Time of a pass by the tokens packed in it, t(M): measured points, linear in between, never falling. */
export class PassTimes {
	readonly #points: readonly PassTime[];

	constructor(points: readonly PassTime[]) {
		if (points.length === 0) {
			throw new RangeError('Expected at least one pass time, got none');
		}
		const sorted = [...points].sort((left, right) => left.tokens - right.tokens);
		let floor = 0;
		this.#points = sorted.map(({tokens, ms}) => {
			floor = Math.max(floor, ms);
			return {tokens, ms: floor};
		});
	}

	/** Milliseconds of a pass over `tokens` tokens; behind the last point its slope goes on. */
	at(tokens: number): number {
		const [first] = this.#points as [PassTime];
		if (tokens <= first.tokens || this.#points.length === 1) {
			return first.ms;
		}
		const found = this.#points.findIndex(point => point.tokens >= tokens);
		const upper = found === -1 ? this.#points.length - 1 : found;
		const [low, high] = [this.#points[upper - 1]!, this.#points[upper]!];
		return low.ms + ((high.ms - low.ms) * (tokens - low.tokens)) / (high.tokens - low.tokens);
	}
}
