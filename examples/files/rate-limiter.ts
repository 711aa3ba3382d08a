/** A token bucket: `capacity` requests at once, refilled at `refillPerSecond`. */
export interface RateLimiterOptions {
	capacity: number;
	refillPerSecond: number;
	now?: () => number;
}

export class RateLimiter {
	private tokens: number;
	private updatedAtMs: number;
	private readonly now: () => number;

	constructor(private readonly options: RateLimiterOptions) {
		this.now = options.now ?? Date.now;
		this.tokens = options.capacity;
		this.updatedAtMs = this.now();
	}

	/** Takes `count` tokens, or none if there are too few. */
	tryTake(count = 1): boolean {
		this.refill();
		if (this.tokens < count) {
			return false;
		}

		this.tokens -= count;
		return true;
	}

	/** Milliseconds until `count` tokens will be there. */
	waitTimeMs(count = 1): number {
		this.refill();
		const missing = count - this.tokens;
		return missing <= 0 ? 0 : (missing / this.options.refillPerSecond) * 1000;
	}

	private refill(): void {
		const nowMs = this.now();
		const elapsedSeconds = (nowMs - this.updatedAtMs) / 1000;
		const refilled = this.tokens + elapsedSeconds * this.options.refillPerSecond;
		this.tokens = Math.min(this.options.capacity, refilled);
		this.updatedAtMs = nowMs;
	}
}

export function createLimiters(names: string[], options: RateLimiterOptions): Map<string, RateLimiter> {
	const limiters = new Map<string, RateLimiter>();
	for (const name of names) {
		limiters.set(name, new RateLimiter(options));
	}

	return limiters;
}
