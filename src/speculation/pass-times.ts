import {monotoneRegression} from './monotone-regression.ts';
import {type ObservedPass, ObservedPasses} from './observed-passes.ts';

/** One measurement: a pass over `tokens` packed tokens took `ms`, with the waiting that is paid once per pass. */
export interface PassTime {
	readonly tokens: number;
	readonly ms: number;
}

/** Observations from one call of `onLearned` to the next. */
const observationsPerCall = 256;
/** What a measured point weighs beside one that was learned while serving. */
const measuredWeight = 1e-3;

/**
 * Time of a pass by the tokens packed in it, t(M): points, linear in between, never falling.
 *
 * The points were measured before the first edit, perhaps while others used the machine, so the passes of all edits
 * correct them: where enough passes of a size were seen, their median takes the place of what was measured, and points
 * of sizes not seen yet are scaled as those were. A point too high would else stay: its size would not be tried again.
 */
export class PassTimes {
	readonly #measured: readonly PassTime[];
	readonly #observed = new ObservedPasses();
	readonly #onLearned: (points: readonly PassTime[]) => void;
	/** Absent where passes were seen since. */
	#points: readonly PassTime[] | undefined;

	/**
	 * @param measured one point or more, in any order
	 * @param onLearned is handed the points now and then, to be kept for the next start
	 */
	constructor(measured: readonly PassTime[], onLearned: (points: readonly PassTime[]) => void = () => {}) {
		if (measured.length === 0) {
			throw new RangeError('Expected at least one pass time, got none');
		}
		this.#measured = neverFalling(measured);
		this.#points = this.#measured;
		this.#onLearned = onLearned;
	}

	/** Ascending in tokens. */
	get points(): readonly PassTime[] {
		this.#points ??= this.#learn();
		return this.#points;
	}

	/** Milliseconds of a pass over `tokens` tokens; behind the last point its slope goes on. */
	at(tokens: number): number {
		return interpolate(this.points, tokens);
	}

	/** Takes what a pass cost. One without a time, as a scripted model's, says nothing. */
	observe(pass: ObservedPass): void {
		if (!(pass.passMs > 0)) {
			return;
		}
		this.#observed.add(pass);
		this.#points = undefined;
		if (this.#observed.count % observationsPerCall === 0) {
			this.#onLearned(this.points);
		}
	}

	#learn(): readonly PassTime[] {
		const learned = this.#observed.points();
		const inRange = learned.filter(({tokens}) => tokens <= this.#measured.at(-1)!.tokens);
		const scale = median(inRange.map(({tokens, ms}) => ms / interpolate(this.#measured, tokens))) ?? 1;
		const unseen = this.#measured
			.filter(({tokens}) => !this.#observed.knows(tokens))
			.map(({tokens, ms}) => ({tokens, value: ms * scale, weight: measuredWeight}));
		const all = [...unseen, ...learned.map(({tokens, ms}) => ({tokens, value: ms, weight: 1}))];
		all.sort((left, right) => left.tokens - right.tokens);
		const times = monotoneRegression(all);
		return all.map(({tokens}, index) => ({tokens, ms: times[index]!}));
	}
}

/** A measurement too short is lifted to the longest before it. */
function neverFalling(points: readonly PassTime[]): PassTime[] {
	let floor = 0;
	return points
		.toSorted((left, right) => left.tokens - right.tokens)
		.map(({tokens, ms}) => {
			floor = Math.max(floor, ms);
			return {tokens, ms: floor};
		});
}

function interpolate(points: readonly PassTime[], tokens: number): number {
	const first = points[0]!;
	if (tokens <= first.tokens || points.length === 1) {
		return first.ms;
	}
	const found = points.findIndex(point => point.tokens >= tokens);
	const upper = found === -1 ? points.length - 1 : found;
	const [low, high] = [points[upper - 1]!, points[upper]!];
	return low.ms + ((high.ms - low.ms) * (tokens - low.tokens)) / (high.tokens - low.tokens);
}

function median(values: readonly number[]): number | undefined {
	return values.toSorted((left, right) => left - right)[values.length >> 1];
}
