/** What a stretch of draft is copied from: places of the prediction, or an earlier match in prompt and output. */
export type Origin = 'prediction' | 'context';

/**
 * Chance that a draft token is rejected though the one before it was accepted, by the number of tokens before it that
 * agree with its origin. Both curves are fits to commits of four repositories; the running factors below move them.
 */
const hazards: Readonly<Record<Origin, (numAgreeing: number) => number>> = {
	context: numAgreeing => 2 / (numAgreeing + 2),
	prediction: numAgreeing => Math.max(0.0005, 3 / (numAgreeing + 2) ** 1.5),
};
/** Rejections as which the curves count against the edit's own. */
const priorRejections = 2;

/** Running estimate of how many tokens of a draft will be accepted, by origin and distance from the last mismatch. */
export class Survival {
	readonly #expected: Record<Origin, number> = {prediction: priorRejections, context: priorRejections};
	readonly #seen: Record<Origin, number> = {prediction: priorRejections, context: priorRejections};

	/**
	 * Probability that token `i` and all before it are accepted. Shape: (length).
	 * @param first probability of the first token, where it is known otherwise
	 * @param numAgreeing tokens just before the draft that agree with its origin
	 */
	estimate(origin: Origin, first: number | undefined, numAgreeing: number, length: number): number[] {
		const factor = this.#seen[origin] / this.#expected[origin];
		const keep = (index: number) => 1 - Math.min(0.95, factor * hazards[origin](numAgreeing + index));
		let survival = first ?? keep(0);
		return Array.from({length}, (_, index) => {
			if (index > 0) {
				survival *= keep(index);
			}
			return survival;
		});
	}

	/** Learns from a draft of which `numAgreed` tokens came true, and then one did not or no more is known. */
	observe(origin: Origin, numAgreeing: number, numAgreed: number, isWrong: boolean): void {
		// The first token's chance is not the curve's affair.
		for (let index = 1; index < numAgreed; index++) {
			this.#expected[origin] += hazards[origin](numAgreeing + index);
		}
		if (!isWrong || numAgreed === 0) {
			return;
		}
		this.#expected[origin] += hazards[origin](numAgreeing + numAgreed);
		this.#seen[origin]++;
	}
}
