import {RateLimiterMemory} from 'rate-limiter-flexible';
import {RedraftError} from '../errors/errors.ts';
import type {Client} from './client-tokens.ts';

const windowSeconds = 60;
/** A place may be free again at any time. */
const placeRetryMs = 1000;

/** A client uses all that it may. */
export class ClientLimitError extends RedraftError {
	override readonly name = 'ClientLimitError';
	readonly kind = 'resource_exhausted';
	override readonly retryAfterMs: number;

	constructor(message: string, retryAfterMs: number) {
		super(message);
		this.retryAfterMs = retryAfterMs;
	}
}

/** One edit of a client. */
export interface ClientLease {
	/** Counts tokens that the edit read or wrote. */
	charge(numTokens: number): void;
	/** Gives the place back. Safe to call twice. */
	leave(): void;
}

/**
 * Keeps each client within its limits, in the memory of this process: with several gateways each counts alone.
 * Tokens are known only when they are used, so the edit that crosses the limit is finished and the next refused.
 */
export class ClientLimits {
	readonly #open = new Map<string, number>();
	readonly #rates = new Map<string, RateLimiterMemory>();

	/** @throws {ClientLimitError} all its places, or all its tokens of this minute, are used */
	async enter(client: Client): Promise<ClientLease> {
		const {name, maxConcurrent} = client;
		const rate = this.#rateOf(client);
		await refuseSpent(client, rate);
		const numOpen = this.#open.get(name) ?? 0;
		if (maxConcurrent !== undefined && numOpen >= maxConcurrent) {
			throw new ClientLimitError(
				`open edits of ${name}: expected at most ${maxConcurrent} at a time, all are in use; try again later`,
				placeRetryMs,
			);
		}

		this.#open.set(name, numOpen + 1);
		return {
			charge: numTokens => void rate?.penalty(name, numTokens),
			leave: once(() => this.#leave(name)),
		};
	}

	#leave(name: string): void {
		const numOpen = this.#open.get(name)! - 1;
		if (numOpen === 0) {
			this.#open.delete(name);
		} else {
			this.#open.set(name, numOpen);
		}
	}

	/** A client whose limit was changed begins a new minute. */
	#rateOf({name, tokensPerMinute}: Client): RateLimiterMemory | undefined {
		if (tokensPerMinute === undefined) {
			this.#rates.delete(name);
			return undefined;
		}

		const known = this.#rates.get(name);
		if (known?.points === tokensPerMinute) {
			return known;
		}

		const rate = new RateLimiterMemory({points: tokensPerMinute, duration: windowSeconds});
		this.#rates.set(name, rate);
		return rate;
	}
}

async function refuseSpent(
	{name, tokensPerMinute}: Client,
	rate: RateLimiterMemory | undefined,
): Promise<void> {
	const used = await rate?.get(name);
	if (used && used.consumedPoints >= tokensPerMinute!) {
		throw new ClientLimitError(
			`tokens of ${name}: expected at most ${tokensPerMinute} a minute, got ${used.consumedPoints}; try again later`,
			Math.max(1, used.msBeforeNext),
		);
	}
}

function once(action: () => void): () => void {
	let isDone = false;
	return () => {
		if (!isDone) {
			isDone = true;
			action();
		}
	};
}
