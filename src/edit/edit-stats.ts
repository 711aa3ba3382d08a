import type {EditPass, TokenSource} from '../speculation/speculative-editor.ts';

export type TokenSourceCounts = Record<TokenSource, number>;

/** Why an edit ended. */
export type FinishReason = 'stop' | 'fence_closed' | 'length' | 'cancelled';

/** The figures of one edit, in the units of `EditSummary`. */
export interface EditFigures {
	readonly outputTokens: number;
	readonly verifyPasses: number;
	readonly draftTokens: number;
	readonly acceptedTokens: number;
	readonly rejectedTokens: number;
	readonly tokensPerPass: number;
	readonly acceptanceRate: number;
	readonly mispredictions: number;
	readonly firstPassTokens: number;
	readonly prefillMs: number;
	readonly decodeMs: number;
	readonly queueMs: number;
	readonly smallestMargin: number;
	readonly sources: TokenSourceCounts;
}

export function countSources(sources: readonly TokenSource[]): TokenSourceCounts {
	const counts: TokenSourceCounts = {original: 0, update: 0, context: 0, model: 0};
	for (const source of sources) {
		counts[source] += 1;
	}

	return counts;
}

/** Adds up the passes of one edit. */
export class EditStats {
	#outputTokens = 0;
	#verifyPasses = 0;
	#draftTokens = 0;
	#acceptedTokens = 0;
	#mispredictions = 0;
	#firstPassTokens = 0;
	#prefillMs = 0;
	#decodeMs = 0;
	#queueMs = 0;
	#smallestMargin = Number.POSITIVE_INFINITY;
	#sources = countSources([]);

	/** @param elapsedMs from asking for the pass to having its tokens, drafting and waiting included */
	add(pass: EditPass, elapsedMs: number): void {
		if (this.#verifyPasses === 0) {
			this.#firstPassTokens = pass.tokens.length;
			this.#prefillMs = elapsedMs;
		} else {
			this.#decodeMs += elapsedMs;
		}

		this.#verifyPasses += 1;
		this.#outputTokens += pass.tokens.length;
		this.#draftTokens += pass.draftTokens;
		this.#acceptedTokens += pass.acceptedTokens;
		this.#mispredictions += pass.mispredicted ? 1 : 0;
		this.#queueMs += pass.queueMs;
		this.#smallestMargin = Math.min(this.#smallestMargin, ...pass.margins);
		for (const source of pass.sources) {
			this.#sources[source] += 1;
		}
	}

	figures(): EditFigures {
		return {
			outputTokens: this.#outputTokens,
			verifyPasses: this.#verifyPasses,
			draftTokens: this.#draftTokens,
			acceptedTokens: this.#acceptedTokens,
			rejectedTokens: this.#draftTokens - this.#acceptedTokens,
			tokensPerPass: this.#outputTokens / Math.max(1, this.#verifyPasses),
			acceptanceRate: this.#acceptedTokens / Math.max(1, this.#draftTokens),
			mispredictions: this.#mispredictions,
			firstPassTokens: this.#firstPassTokens,
			prefillMs: this.#prefillMs,
			decodeMs: this.#decodeMs,
			queueMs: this.#queueMs,
			smallestMargin: Number.isFinite(this.#smallestMargin) ? this.#smallestMargin : 0,
			sources: {...this.#sources},
		};
	}
}
