/** A KV cache as an answer of its model tells of it. */
export interface KvTokens {
	/** Tokens that there is room for. */
	readonly free: number;
	readonly total: number;
}

/**
 * Engines give their cache out in blocks, of up to so many tokens; the last one of a sequence is partly empty.
 * Triton's answers tell of whole blocks.
 */
export const blockTokens = 256;

/** What one edit holds of a KV cache. */
export interface KvHolding {
	/** Tokens that it is expected to take, its last block included. */
	readonly reserved: number;
	/** Tokens that it had in the cache after its last step. */
	cached: number;
}

/**
 * How much of one Triton's KV cache is spoken for: what the edits of this service hold, whether it is used yet or not,
 * and what others use, which shows in the room that the answers tell of. A model that tells nothing has room for all.
 */
export class KvLedger {
	readonly #holdings = new Set<KvHolding>();
	#told: KvTokens | undefined;

	get numHoldings(): number {
		return this.#holdings.size;
	}

	/** Undefined where the model does not tell. */
	get total(): number | undefined {
		return this.#told?.total;
	}

	/** Tokens of all holdings. One that grows beyond what was expected holds what it has. */
	get reserved(): number {
		return sum(this.#holdings, ({reserved, cached}) => Math.max(reserved, cached));
	}

	/** Tokens of sequences that are not of this service, and of those that it has lost. */
	get usedByOthers(): number {
		const {free = 0, total = 0} = this.#told ?? {};
		const ours = sum(this.#holdings, ({cached}) => (cached > 0 ? cached + blockTokens : 0));
		return Math.max(0, total - free - ours);
	}

	/** Takes what an answer tells. */
	tell(told: KvTokens): void {
		this.#told = told;
	}

	/** What was told no longer holds, as after a restart: others have nothing there until an answer says so. */
	forgetOthers(): void {
		if (this.#told) {
			this.#told = {free: this.#told.total, total: this.#told.total};
		}
	}

	/** The model had no room for a step: others have all that is not ours, until an answer says otherwise. */
	refused(): void {
		if (this.#told) {
			this.#told = {free: 0, total: this.#told.total};
		}
	}

	hasRoomFor(numTokens: number): boolean {
		return (
			this.#told === undefined ||
			this.reserved + this.usedByOthers + numTokens + blockTokens <= this.#told.total
		);
	}

	hold(numTokens: number): KvHolding {
		const holding = {reserved: numTokens + blockTokens, cached: 0};
		this.#holdings.add(holding);
		return holding;
	}

	release(holding: KvHolding): void {
		this.#holdings.delete(holding);
	}
}

function sum(holdings: Iterable<KvHolding>, tokensOf: (holding: KvHolding) => number): number {
	let total = 0;
	for (const holding of holdings) {
		total += tokensOf(holding);
	}

	return total;
}
