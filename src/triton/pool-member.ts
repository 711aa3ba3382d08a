import {setTimeout as delay} from 'node:timers/promises';
import type {Verifier, VerifierSequence, VerifyAnswer, VerifyStep} from '../speculation/verifier.ts';
import {CacheFullError, SequenceLostError} from '../speculation/verifier-errors.ts';
import {type KvHolding, KvLedger, type KvTokens} from './kv-ledger.ts';
import type {ModelWatch} from './model-watch.ts';
import {probe, probeTimeoutMs} from './probe.ts';
import {ServerTrust, type ServerTrustOptions} from './server-trust.ts';

export interface PoolMemberOptions {
	/** `host:port`, or what stands for it in metrics and logs. */
	readonly name: string;
	readonly watch: ModelWatch<Verifier>;
	readonly onOpenSequences: (count: number) => void;
	readonly trust: Omit<ServerTrustOptions, 'verifier'>;
	/** Edits that may be on it at a time. */
	readonly maxEdits: number;
	/** Told how much of its KV cache is reserved, and how much there is. */
	readonly onKvTokens: (reserved: number, total: number) => void;
	/** Told that there may be more room than before, other gateways' use considered. */
	readonly onRoom: () => void;
}

/** How often it is asked for room while edits wait for what other gateways use. */
const askRoomMs = 1000;

/**
 * One Triton of a pool: whether it takes edits, how much room it has for them, and whether it is trusted with them.
 */
export class PoolMember {
	readonly name: string;
	readonly #options: PoolMemberOptions;
	readonly #stop = new AbortController();
	readonly #trust: ServerTrust;
	readonly #kv = new KvLedger();
	#openSequences = 0;
	#isAskingForRoom = false;
	/** Gets no new sequences: its address is gone, and it stays for those that it has. */
	isRetired = false;

	constructor(options: PoolMemberOptions) {
		this.name = options.name;
		this.#options = options;
		this.#trust = new ServerTrust({...options.trust, verifier: () => options.watch.current()});
	}

	get openSequences(): number {
		return this.#openSequences;
	}

	/** Ready by its own word, and not known to fail every step. */
	get isReady(): boolean {
		return this.#options.watch.current() !== undefined && !this.#trust.isDown;
	}

	/** Ready, and at an address that is still in use. */
	get takesEdits(): boolean {
		return this.isReady && !this.isRetired;
	}

	/** Edits that have their place here. */
	get numEdits(): number {
		return this.#kv.numHoldings;
	}

	/** Tokens of its KV cache; undefined where the model does not tell. */
	get kvTokens(): number | undefined {
		return this.#kv.total;
	}

	get isTrusted(): boolean {
		return this.#trust.isTrusted;
	}

	/** Why it is not ready, in words for the caller. */
	reason(): string {
		const {isDown, failure} = this.#trust;
		return (
			this.#options.watch.reason() || (isDown ? `the model at ${this.name} fails its steps: ${failure}` : '')
		);
	}

	/** Its server is there again after it was gone: its cache is empty, and where it is not trusted it is probed now. */
	returned(): void {
		this.#kv.forgetOthers();
		this.#trust.probeNow();
	}

	/** Checks readiness once; it is watched from then on. */
	async start(): Promise<void> {
		await this.#options.watch.start();
	}

	async stop(): Promise<void> {
		this.#stop.abort();
		await this.#trust.stop();
		await this.#options.watch.stop();
	}

	hasRoomFor(numTokens: number): boolean {
		return this.numEdits < this.#options.maxEdits && this.#kv.hasRoomFor(numTokens);
	}

	/** Keeps room for an edit, until `release`. */
	hold(numTokens: number): KvHolding {
		const holding = this.#kv.hold(numTokens);
		this.#tellKvTokens();
		return holding;
	}

	release(holding: KvHolding): void {
		this.#kv.release(holding);
		this.#tellKvTokens();
	}

	/** Takes what an answer tells of the KV cache. */
	told(tokens: KvTokens): void {
		this.#kv.tell(tokens);
		this.#tellKvTokens();
	}

	/**
	 * Asks in a moment how much room there is, where others hold some: what they give back shows only in an answer, and
	 * a gateway whose own edits all wait gets none.
	 */
	askForRoom(): void {
		if (!this.#isAskingForRoom && this.#kv.usedByOthers > 0) {
			this.#isAskingForRoom = true;
			void this.#askForRoom();
		}
	}

	/** A sequence of this Triton, counted until it is ended. The member must be ready. */
	open(holding: KvHolding): VerifierSequence {
		const sequence = this.#options.watch.current()!.open();
		this.#count(1);
		let isOpen = true;
		return {
			verify: async (step, signal) => {
				holding.cached = tokensAfter(step);
				return this.#verify(sequence, step, signal);
			},
			end: async () => {
				if (isOpen) {
					isOpen = false;
					this.#count(-1);
				}

				await sequence.end();
				holding.cached = 0;
			},
		};
	}

	async #verify(sequence: VerifierSequence, step: VerifyStep, signal: AbortSignal): Promise<VerifyAnswer> {
		try {
			return await sequence.verify(step, signal);
		} catch (error) {
			if (error instanceof CacheFullError) {
				this.#kv.refused();
			}

			// An evicted sequence says nothing about the server that it was on.
			if (error instanceof SequenceLostError && error.reason !== 'evicted') {
				this.#trust.fail(error.message);
			}

			throw error;
		}
	}

	#count(change: number): void {
		this.#openSequences += change;
		this.#options.onOpenSequences(this.#openSequences);
	}

	#tellKvTokens(): void {
		if (this.#kv.total !== undefined) {
			this.#options.onKvTokens(this.#kv.reserved, this.#kv.total);
		}
	}

	async #askForRoom(): Promise<void> {
		const {signal} = this.#stop;
		await delay(askRoomMs, undefined, {signal, ref: false}).catch(() => {});
		const verifier = this.#options.watch.current();
		if (verifier && !signal.aborted) {
			await probe(verifier, AbortSignal.any([signal, AbortSignal.timeout(probeTimeoutMs)])).catch(() => {});
		}

		this.#isAskingForRoom = false;
		if (!signal.aborted) {
			this.#options.onRoom();
		}
	}
}

/** Of equals a random one, so that several gateways do not all choose the same. */
export function fewestEdits(members: readonly PoolMember[]): PoolMember | undefined {
	const fewest = Math.min(...members.map(member => member.numEdits));
	const candidates = members.filter(member => member.numEdits === fewest);
	return candidates[Math.floor(Math.random() * candidates.length)];
}

/** What a step leaves in the cache until the next one: the kept tokens, and all that it sends. */
function tokensAfter({keepLength, prefix, branches}: VerifyStep): number {
	return branches.reduce((sum, branch) => sum + branch.length, keepLength + prefix.length);
}
