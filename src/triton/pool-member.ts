import {setTimeout as delay} from 'node:timers/promises';
import type {Verifier, VerifierSequence, VerifyAnswer, VerifyStep} from '../speculation/verifier.ts';
import {SequenceLostError} from '../speculation/verifier-errors.ts';
import type {ModelWatch} from './model-watch.ts';
import {probe} from './probe.ts';

export interface PoolMemberOptions {
	/** `host:port`, or what stands for it in metrics and logs. */
	readonly name: string;
	readonly watch: ModelWatch<Verifier>;
	readonly onOpenSequences: (count: number) => void;
	/** Told when it is trusted no more, and when it is again. */
	readonly onTrust: (isTrusted: boolean, reason: string) => void;
	/** Wait before the first probe of a Triton that failed; it doubles up to `maxProbeWaitMs`. */
	readonly probeWaitMs: number;
	readonly maxProbeWaitMs: number;
}

/**
 * One Triton of a pool. It may be ready by its own word and yet not work, as with a dead stub or a GPU in error:
 * after a lost sequence it is not trusted until a real step succeeds.
 */
export class PoolMember {
	readonly name: string;
	readonly #options: PoolMemberOptions;
	readonly #stop = new AbortController();
	#openSequences = 0;
	#isTrusted = true;
	/** Gets no new sequences: its address is gone, and it stays for those that it has. */
	isRetired = false;
	#probing: Promise<void> = Promise.resolve();

	constructor(options: PoolMemberOptions) {
		this.name = options.name;
		this.#options = options;
	}

	get openSequences(): number {
		return this.#openSequences;
	}

	get isReady(): boolean {
		return this.#options.watch.current() !== undefined;
	}

	get isTrusted(): boolean {
		return this.#isTrusted;
	}

	reason(): string {
		return this.#options.watch.reason();
	}

	/** Checks readiness once; it is watched from then on. */
	async start(): Promise<void> {
		await this.#options.watch.start();
	}

	async stop(): Promise<void> {
		this.#stop.abort();
		await this.#probing;
		await this.#options.watch.stop();
	}

	/** A sequence of this Triton, counted until it is ended. The member must be ready. */
	open(): VerifierSequence {
		const sequence = this.#options.watch.current()!.open();
		this.#count(1);
		let isOpen = true;
		return {
			verify: (step, signal) => this.#verify(sequence, step, signal),
			end: async () => {
				if (isOpen) {
					isOpen = false;
					this.#count(-1);
				}

				await sequence.end();
			},
		};
	}

	async #verify(sequence: VerifierSequence, step: VerifyStep, signal: AbortSignal): Promise<VerifyAnswer> {
		try {
			return await sequence.verify(step, signal);
		} catch (error) {
			// An evicted sequence says nothing about the server that it was on.
			if (error instanceof SequenceLostError && error.reason !== 'evicted') {
				this.#distrust(error.message);
			}

			throw error;
		}
	}

	#count(change: number): void {
		this.#openSequences += change;
		this.#options.onOpenSequences(this.#openSequences);
	}

	#distrust(reason: string): void {
		if (this.#isTrusted && !this.#stop.signal.aborted) {
			this.#isTrusted = false;
			this.#options.onTrust(false, reason);
			this.#probing = this.#probeUntilTrusted();
		}
	}

	async #probeUntilTrusted(): Promise<void> {
		const {signal} = this.#stop;
		let waitMs = this.#options.probeWaitMs;
		while (!(this.#isTrusted || signal.aborted)) {
			await delay(waitMs, undefined, {signal, ref: false}).catch(() => {});
			waitMs = Math.min(2 * waitMs, this.#options.maxProbeWaitMs);
			if (await this.#probe(signal)) {
				this.#isTrusted = true;
				this.#options.onTrust(true, '');
			}
		}
	}

	async #probe(signal: AbortSignal): Promise<boolean> {
		const verifier = this.#options.watch.current();
		if (!verifier || signal.aborted) {
			return false;
		}

		try {
			await probe(verifier, signal);
			return true;
		} catch {
			return false;
		}
	}
}
