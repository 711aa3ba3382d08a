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
	/** Told when so many probes have failed that it counts as down. */
	readonly onDown: (reason: string) => void;
	/** Wait before the first probe of a Triton that failed; it doubles up to `maxProbeWaitMs`. */
	readonly probeWaitMs: number;
	readonly maxProbeWaitMs: number;
}

/**
 * Probes that fail, one after the other, before a Triton counts as down. With the usual waits between them the third
 * comes two seconds after the failure: a model that stalled for a moment is not told to anyone, and one that is broken
 * is told about as soon as Kubernetes would find out by asking.
 */
const maxFailedProbes = 3;
/** Far longer than a pass of a busy model, and no more than an edit waits for one that works. */
const probeTimeoutMs = 30_000;

/**
 * One Triton of a pool. It may be ready by its own word and yet not work, as with a dead stub or a GPU in error:
 * after a lost sequence it is not trusted until a real step succeeds, and where that fails again and again it is down.
 * It is probed for as long as it is there.
 */
export class PoolMember {
	readonly name: string;
	readonly #options: PoolMemberOptions;
	readonly #stop = new AbortController();
	/** Ends the wait for the next probe. */
	#wake = new AbortController();
	#openSequences = 0;
	#isTrusted = true;
	#numFailedProbes = 0;
	/** What the last probe failed with. */
	#failure = '';
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

	/** Ready by its own word, and not known to fail every step. */
	get isReady(): boolean {
		return this.#options.watch.current() !== undefined && this.#numFailedProbes < maxFailedProbes;
	}

	get isTrusted(): boolean {
		return this.#isTrusted;
	}

	/** Why it is not ready, in words for the caller. */
	reason(): string {
		return this.#options.watch.reason() || this.#failure;
	}

	/** Its server is there again after it was gone: where it is not trusted, the next probe is made now. */
	returned(): void {
		this.#wake.abort();
		this.#wake = new AbortController();
	}

	/** Checks readiness once; it is watched from then on. */
	async start(): Promise<void> {
		await this.#options.watch.start();
	}

	async stop(): Promise<void> {
		this.#stop.abort();
		this.returned();
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
			const isWoken = await delay(waitMs, false, {signal: this.#wake.signal, ref: false}).catch(() => true);
			waitMs = isWoken ? this.#options.probeWaitMs : Math.min(2 * waitMs, this.#options.maxProbeWaitMs);
			const verifier = this.#options.watch.current();
			if (verifier && !signal.aborted) {
				await this.#probe(verifier, signal);
			}
		}
	}

	async #probe(verifier: Verifier, signal: AbortSignal): Promise<void> {
		const timeout = AbortSignal.timeout(probeTimeoutMs);
		try {
			await probe(verifier, AbortSignal.any([signal, timeout]));
		} catch (error) {
			// A full cache is refused by an engine that works.
			if (!(error instanceof SequenceLostError && error.reason === 'evicted')) {
				const isLate = timeout.aborted;
				this.#probeFailed(isLate ? `no answer within ${probeTimeoutMs} ms` : (error as Error).message);
				return;
			}
		}

		this.#isTrusted = true;
		this.#numFailedProbes = 0;
		this.#failure = '';
		this.#options.onTrust(true, '');
	}

	#probeFailed(reason: string): void {
		if (this.#stop.signal.aborted) {
			return;
		}

		this.#failure = `the model at ${this.name} fails its steps: ${reason}`;
		this.#numFailedProbes += 1;
		if (this.#numFailedProbes === maxFailedProbes) {
			this.#options.onDown(reason);
		}
	}
}
