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
	readonly #tokens: number[] = [];
	#recoveries = 0;

	constructor(verifier: Verifier) {
		this.#verifier = verifier;
		this.#sequence = verifier.open();
	}

	async verify(step: VerifyStep, signal: AbortSignal): Promise<VerifyAnswer> {
		this.#keep(step);
		const answer = await this.#verifyOrRecover(step, signal);
		for (const token of step.prefix) {
			this.#tokens.push(token);
		}
		this.#branches = step.branches;
		return answer;
	}

	async end(): Promise<void> {
		await this.#sequence.end();
	}

	/** Adopts the branch and rolls back, as the verifier does with its cache. */
	#keep({keepLength, adoptBranch}: VerifyStep): void {
		const adopted = this.#branches[adoptBranch] ?? [];
		this.#tokens.push(...adopted.slice(0, Math.max(0, keepLength - this.#tokens.length)));
		this.#tokens.length = Math.min(this.#tokens.length, keepLength);
		this.#branches = [];
	}

	async #verifyOrRecover(step: VerifyStep, signal: AbortSignal): Promise<VerifyAnswer> {
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
		const prefix = step.keepLength === 0 ? step.prefix : [...this.#tokens, ...step.prefix];
		return this.#verifyOrRecover({...step, keepLength: 0, adoptBranch: 0, prefix}, signal);
	}
}
