import {lookup} from 'node:dns/promises';
import {setTimeout as delay} from 'node:timers/promises';
import {log} from '../telemetry/log.ts';

/** Where Tritons are: a fixed list of `host:port`, or a name that resolves to one address for each of them. */
export type TritonTarget =
	| {readonly kind: 'list'; readonly addresses: readonly string[]}
	| {readonly kind: 'dns'; readonly name: string; readonly port: number};

/** Resolves a name to all its addresses. */
export type ResolveAll = (name: string) => Promise<readonly string[]>;

export interface DiscoveryOptions {
	readonly target: TritonTarget;
	/** Time between two full look-ups; a tenth of it more or less, so that many gateways do not ask at once. */
	readonly intervalMs: number;
	/** Told of the addresses at the start and whenever they change, as `host:port`. */
	readonly onChange: (addresses: readonly string[]) => void;
	/** @default the system's resolver */
	readonly resolveAll?: ResolveAll;
}

/**
 * Finds the Tritons. A name is looked up in full every few seconds: a watch can go stale without a word, a list
 * can't. Where the look-up fails or finds nothing, the last good list stays.
 */
export class Discovery {
	readonly #options: DiscoveryOptions;
	readonly #stop = new AbortController();
	#known: readonly string[] = [];
	#loop: Promise<void> = Promise.resolve();

	constructor(options: DiscoveryOptions) {
		this.#options = options;
	}

	/** Resolves after the first look-up. */
	async start(): Promise<void> {
		const {target} = this.#options;
		if (target.kind === 'list') {
			this.#take(target.addresses);
			return;
		}

		await this.#look(target);
		this.#loop = this.#keepLooking(target);
	}

	async stop(): Promise<void> {
		this.#stop.abort();
		await this.#loop;
	}

	async #keepLooking(target: TritonTarget & {kind: 'dns'}): Promise<void> {
		const {signal} = this.#stop;
		while (!signal.aborted) {
			const waitMs = this.#options.intervalMs * (0.9 + 0.2 * Math.random());
			await delay(waitMs, undefined, {signal, ref: false}).catch(() => {});
			if (!signal.aborted) {
				await this.#look(target);
			}
		}
	}

	async #look({name, port}: TritonTarget & {kind: 'dns'}): Promise<void> {
		const {resolveAll = systemResolver} = this.#options;
		try {
			const found = await resolveAll(name);
			if (found.length > 0) {
				this.#take(found.map(address => `${address.includes(':') ? `[${address}]` : address}:${port}`));
			}
		} catch (error) {
			log('warning', 'look-up failed', {name, error});
		}
	}

	#take(addresses: readonly string[]): void {
		const sorted = [...new Set(addresses)].sort();
		if (sorted.join() !== this.#known.join()) {
			this.#known = sorted;
			this.#options.onChange(sorted);
		}
	}
}

async function systemResolver(name: string): Promise<readonly string[]> {
	const found = await lookup(name, {all: true});
	return found.map(({address}) => address);
}
