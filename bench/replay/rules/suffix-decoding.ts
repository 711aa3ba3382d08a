import type {NamedRule, Rule, RuleInputs} from './rule.ts';

/** Depth of the suffix tree, draft tokens per matched token, least probability of a drafted path, longest draft. */
const maxDepth = 24;
const specFactor = 1;
const minProbability = 0.1;
const longestDraft = 32;

interface Path {
	readonly tokens: readonly number[];
	/** Sum of the tokens' path probabilities: tokens expected to be accepted. */
	readonly score: number;
}

/**
 * Suffix decoding with vLLM's defaults, tree of this request only: for every suffix of the output that occurred
 * before, follow the most frequent continuation while its probability holds, no longer than the suffix; the draft with
 * the highest expected acceptance wins. Occurrence lists stand in for the tree; they give the same counts.
 * Source: "SuffixDecoding: Extreme Speculative Decoding for Emerging AI Applications",
 * https://arxiv.org/abs/2411.04975; https://docs.vllm.ai/en/latest/features/speculative_decoding/suffix/
 */
export const suffixDecoding: NamedRule = {
	name: 'suffix-decoding',
	start: inputs => new SuffixDecoding(inputs),
};

class SuffixDecoding implements Rule {
	readonly #tokens: number[];
	/** Positions behind each token, oldest first. */
	readonly #behind = new Map<number, number[]>();
	readonly #limit: number;

	constructor({edit, maxDraftTokens}: RuleInputs) {
		this.#tokens = [];
		this.#limit = Math.min(longestDraft, maxDraftTokens);
		this.#push(edit.prompt.tokens);
	}

	propose(): readonly (readonly number[])[] {
		let best: Path = {tokens: [], score: 0};
		const end = this.#tokens.length;
		let places = this.#behind.get(this.#tokens[end - 1]!)?.filter(place => place < end) ?? [];
		for (let depth = 1; depth <= maxDepth && places.length > 0; depth++) {
			const path = this.#follow(places, Math.min(this.#limit, Math.floor(depth * specFactor)));
			if (path.score >= best.score) {
				best = path;
			}
			places = places.filter(place => this.#tokens[place - depth - 1] === this.#tokens[end - depth - 1]);
		}
		return best.tokens.length > 0 ? [best.tokens] : [];
	}

	commit({tokens}: {tokens: readonly number[]}): void {
		this.#push(tokens);
	}

	#follow(places: readonly number[], limit: number): Path {
		const tokens: number[] = [];
		let score = 0;
		let live = places;
		let probability = 1;
		while (tokens.length < limit) {
			const counts = new Map<number, number>();
			for (const place of live) {
				const token = this.#tokens[place + tokens.length];
				if (token !== undefined) {
					counts.set(token, (counts.get(token) ?? 0) + 1);
				}
			}
			const [token, count] = [...counts].reduce((top, entry) => (entry[1] > top[1] ? entry : top), [0, 0]);
			probability *= count / live.length;
			if (count === 0 || probability < minProbability) {
				break;
			}
			live = live.filter(place => this.#tokens[place + tokens.length] === token);
			tokens.push(token);
			score += probability;
		}
		return {tokens, score};
	}

	#push(tokens: readonly number[]): void {
		for (const token of tokens) {
			this.#tokens.push(token);
			const places = this.#behind.get(token);
			if (places) {
				places.push(this.#tokens.length);
			} else {
				this.#behind.set(token, [this.#tokens.length]);
			}
		}
	}
}
