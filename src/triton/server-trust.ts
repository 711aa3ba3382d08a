import {setTimeout as delay} from 'node:timers/promises';
import type {Verifier} from '../speculation/verifier.ts';
import {CacheFullError} from '../speculation/verifier-errors.ts';
import {probe, probeTimeoutMs} from './probe.ts';

export interface ServerTrustOptions {
	/** Undefined while the server is not ready by its own word; it is not probed then. */
	readonly verifier: () => Verifier | undefined;
	/** Told when it is trusted no more, and when it is again. */
	readonly onTrust: (isTrusted: boolean, reason: string) => void;
	/** Told when so many probes have failed that it counts as down. */
	readonly onDown: (reason: string) => void;
	/** Wait before the first probe of a server that failed; it doubles up to `maxProbeWaitMs`. */
	readonly probeWaitMs: number;
	readonly maxProbeWaitMs: number;
}

/**
 * Probes that fail, one after the other, before a server counts as down. With the usual waits between them the third
 * comes two seconds after the failure: a model that stalled for a moment is not told of, and one that is broken is told
 * of as soon as Kubernetes would find out by asking.
 */
const maxFailedProbes = 3;

/**
 * Whether a server is trusted. It may be ready by its own word and yet not work, as with a dead stub or a GPU in error:
 * after a lost sequence it is not trusted until a real step succeeds, and where that fails again and again it is down.
 * It is probed for as long as it is there.
 */
export class ServerTrust {
	readonly #options: ServerTrustOptions;
	readonly #stop = new AbortController();
	/** Ends the wait for the next probe. */
	#wake = new AbortController();
	#isTrusted = true;
	#numFailedProbes = 0;
	#failure = '';
	#probing: Promise<void> = Promise.resolve();

	constructor(options: ServerTrustOptions) {
		this.#options = options;
	}

	get isTrusted(): boolean {
		return this.#isTrusted;
	}

	get isDown(): boolean {
		return this.#numFailedProbes >= maxFailedProbes;
	}

	/** What the last probe failed with; empty while it is trusted. */
	get failure(): string {
		return this.#failure;
	}

	/** A real step has failed. */
	fail(reason: string): void {
		if (this.#isTrusted && !this.#stop.signal.aborted) {
			this.#isTrusted = false;
			this.#options.onTrust(false, reason);
			this.#probing = this.#probeUntilTrusted();
		}
	}

	/** Where it is not trusted, makes the next probe without a wait. */
	probeNow(): void {
		this.#wake.abort();
		this.#wake = new AbortController();
	}

	async stop(): Promise<void> {
		this.#stop.abort();
		this.probeNow();
		await this.#probing;
	}

	async #probeUntilTrusted(): Promise<void> {
		const {signal} = this.#stop;
		const {verifier: current, probeWaitMs, maxProbeWaitMs} = this.#options;
		let waitMs = probeWaitMs;
		while (!(this.#isTrusted || signal.aborted)) {
			const isWoken = await delay(waitMs, false, {signal: this.#wake.signal, ref: false}).catch(() => true);
			waitMs = isWoken ? probeWaitMs : Math.min(2 * waitMs, maxProbeWaitMs);
			const verifier = current();
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
			if (!(error instanceof CacheFullError)) {
				const {message} = error as Error;
				this.#probeFailed(timeout.aborted ? `no answer within ${probeTimeoutMs} ms` : message);
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

		this.#failure = reason;
		this.#numFailedProbes += 1;
		if (this.#numFailedProbes === maxFailedProbes) {
			this.#options.onDown(reason);
		}
	}
}
