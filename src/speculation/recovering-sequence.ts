import type {Verifier, VerifierSequence, VerifyAnswer, VerifyStep} from './verifier.ts';
import {SequenceLostError} from './verifier-errors.ts';

const maxRecoveries = 3;

/**
 * A sequence that survives the loss of its KV cache, for example to the idle time-out while the caller reads
 * slowly: it remembers the tokens and reads them again into a fresh sequence. The answers stay the same.
 */
export class RecoveringSequence implements VerifierSequence {
	readonly #verifier: Verifier;
	#sequence: VerifierSequence;
	#branches: readonly (readonly number[])[] = [];
	/** Tokens cached by the last answered step, its branches left out. */
	#tokens: readonly number[] = [];
	#recoveries = 0;

	constructor(verifier: Verifier) {
		this.#verifier = verifier;
		this.#sequence = verifier.open();
	}

	async verify(step: VerifyStep, signal: AbortSignal): Promise<VerifyAnswer> {
		const kept = [...this.#tokens, ...(this.#branches[step.adoptBranch] ?? [])].slice(0, step.keepLength);
		const answer = await this.#verifyOrRecover(step, kept, signal);
		this.#tokens = [...kept, ...step.prefix];
		this.#branches = step.branches;
		return answer;
	}

	async end(): Promise<void> {
		await this.#sequence.end();
	}

	async #verifyOrRecover(
		step: VerifyStep,
		kept: readonly number[],
		signal: AbortSignal,
	): Promise<VerifyAnswer> {
		try {
			return await this.#sequence.verify(step, signal);
		} catch (error) {
			if (!(error instanceof SequenceLostError) || this.#recoveries === maxRecoveries) {
				throw error;
			}
		}

		this.#recoveries += 1;
		await this.#sequence.end();
		this.#sequence = this.#verifier.open();
		return this.#verifyOrRecover(
			{...step, keepLength: 0, adoptBranch: 0, prefix: [...kept, ...step.prefix]},
			[],
			signal,
		);
	}
}
