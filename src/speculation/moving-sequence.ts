import {setTimeout as delay} from 'node:timers/promises';
import {UnavailableError} from '../errors/errors.ts';
import type {MoveReason} from '../telemetry/edit-observer.ts';
import type {Verifier, VerifierSequence, VerifyAnswer, VerifyStep} from './verifier.ts';
import {SequenceLostError} from './verifier-errors.ts';

export interface MovingSequenceOptions {
	/** How often the sequence may move before its loss ends the edit. */
	readonly maxMoves: number;
	/** How long, in all, it may wait for a verifier that takes it. */
	readonly maxWaitMs: number;
	readonly onMove?: (reason: MoveReason) => void;
}

const firstWaitMs = 100;
const longestWaitMs = 2000;

/**
 * A sequence that survives the loss of its KV cache, and of the server that held it: it remembers the tokens and
 * reads them again into a fresh sequence, wherever the verifier opens one. The answers stay the same.
 *
 * What has to be read again is what Dynamo calls request migration: prompt and accepted tokens as one prefill.
 */
export class MovingSequence implements VerifierSequence {
	readonly #verifier: Verifier;
	readonly #options: MovingSequenceOptions;
	#sequence: VerifierSequence | undefined;
	#branches: readonly (readonly number[])[] = [];
	/** Tokens cached by the last answered step, its branches left out. */
	readonly #tokens: number[] = [];
	#numMoves = 0;
	/** Moves off a server that was gone to one that was there. */
	#numFlights = 0;
	#waitedMs = 0;

	constructor(verifier: Verifier, options: MovingSequenceOptions) {
		this.#verifier = verifier;
		this.#options = options;
	}

	async verify(step: VerifyStep, signal: AbortSignal): Promise<VerifyAnswer> {
		this.#keep(step);
		const answer = await this.#verifyOrMove(step, signal);
		for (const token of step.prefix) {
			this.#tokens.push(token);
		}
		this.#branches = step.branches;
		return answer;
	}

	async end(): Promise<void> {
		await this.#sequence?.end();
	}

	/** Adopts the branch and rolls back, as the verifier does with its cache. */
	#keep({keepLength, adoptBranch}: VerifyStep): void {
		const adopted = this.#branches[adoptBranch] ?? [];
		this.#tokens.push(...adopted.slice(0, Math.max(0, keepLength - this.#tokens.length)));
		this.#tokens.length = Math.min(this.#tokens.length, keepLength);
		this.#branches = [];
	}

	async #verifyOrMove(step: VerifyStep, signal: AbortSignal): Promise<VerifyAnswer> {
		let next = step;
		for (;;) {
			this.#sequence ??= await this.#open(signal);
			try {
				return await this.#sequence.verify(next, signal);
			} catch (error) {
				if (!(error instanceof SequenceLostError)) {
					throw error;
				}

				await this.#leave(error, signal);
			}

			const prefix = step.keepLength === 0 ? step.prefix : [...this.#tokens, ...step.prefix];
			next = {...step, keepLength: 0, adoptBranch: 0, prefix};
		}
	}

	/**
	 * Gives the lost sequence up. A server that cannot be reached may be starting again: that costs time to wait, not
	 * moves, and nothing at all where another one is there.
	 */
	async #leave(error: SequenceLostError, signal: AbortSignal): Promise<void> {
		// Its server may be a black hole: the edit does not wait for an end that may never be answered.
		void this.#sequence?.end();
		this.#sequence = undefined;
		const isGone = error.reason === 'unavailable';
		if (!isGone && this.#numMoves === this.#options.maxMoves) {
			throw error;
		}

		if (isGone ? !this.#flees() : this.#numMoves > 0) {
			await this.#wait(error, signal);
		}

		this.#numMoves += isGone ? 0 : 1;
		this.#options.onMove?.(error.reason);
	}

	/** Whether it moves off a server that is gone at once: as often as it may move, so that it never spins. */
	#flees(): boolean {
		const flees = this.#verifier.hasTrustedServer === true && this.#numFlights < this.#options.maxMoves;
		this.#numFlights += flees ? 1 : 0;
		return flees;
	}

	/** Opens a sequence as soon as there is a verifier that takes it. */
	async #open(signal: AbortSignal): Promise<VerifierSequence> {
		for (;;) {
			try {
				return this.#verifier.open();
			} catch (error) {
				if (!(error instanceof UnavailableError)) {
					throw error;
				}

				await this.#wait(error, signal);
			}
		}
	}

	/** Waits twice as long each time; throws the error where the budget for waiting is used up. */
	async #wait(error: Error, signal: AbortSignal): Promise<void> {
		const waitMs = Math.min(longestWaitMs, Math.max(firstWaitMs, this.#waitedMs));
		if (this.#waitedMs + waitMs > this.#options.maxWaitMs) {
			throw error;
		}

		this.#waitedMs += waitMs;
		await delay(waitMs, undefined, {signal}).catch(() => signal.throwIfAborted());
	}
}
