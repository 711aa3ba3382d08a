/** The text that a stretch of draft is copied from: the prediction, or an earlier match in prompt and output. */
export type Reference = 'prediction' | 'context';

/**
 * Chance that a draft token is rejected though the one before it was accepted, by the number of tokens before it that
 * agree with its reference. Both curves are fits to commits of four repositories; the running factors below move them.
 */
const hazards: Readonly<Record<Reference, (numAgreeing: number) => number>> = {
	context: numAgreeing => 2 / (numAgreeing + 2),
	prediction: numAgreeing => Math.max(0.0005, 3 / (numAgreeing + 2) ** 1.5),
};
/** Rejections as which the curves count against the edit's own. */
const priorRejections = 2;

/** Running estimate of acceptance probabilities, by reference and distance from the last mismatch. */
export class AcceptanceModel {
	readonly #expected: Record<Reference, number> = {prediction: priorRejections, context: priorRejections};
	readonly #seen: Record<Reference, number> = {prediction: priorRejections, context: priorRejections};

	/**
	 * Cumulative acceptance probability of a draft's tokens. Shape: (length).
	 * @param first that of the first token, where it is known otherwise
	 * @param numAgreeing tokens just before the draft that agree with its reference
	 */
	estimate(reference: Reference, first: number | undefined, numAgreeing: number, length: number): number[] {
		const factor = this.#seen[reference] / this.#expected[reference];
		const keep = (index: number) => 1 - Math.min(0.95, factor * hazards[reference](numAgreeing + index));
		let acceptance = first ?? keep(0);
		return Array.from({length}, (_, index) => {
			if (index > 0) {
				acceptance *= keep(index);
			}
			return acceptance;
		});
	}

	/** Learns from a draft of which `numAgreed` tokens came true, and then one did not or no more is known. */
	observe(reference: Reference, numAgreeing: number, numAgreed: number, isWrong: boolean): void {
		// The first token's chance is not the curve's affair.
		for (let index = 1; index < numAgreed; index++) {
			this.#expected[reference] += hazards[reference](numAgreeing + index);
		}
		if (!isWrong || numAgreed === 0) {
			return;
		}
		this.#expected[reference] += hazards[reference](numAgreeing + numAgreed);
		this.#seen[reference]++;
	}
}
