/** Where a draft token was taken from. `context`: the prompt or the output so far. */
export type DraftSource = 'original' | 'update' | 'context';

/** One proposed continuation of what has been emitted so far. */
export interface Draft {
	readonly tokens: readonly number[];
	/** Source of each token. Same length as `tokens`. */
	readonly sources: readonly DraftSource[];
	/**
	 * Cumulative acceptance probability: estimated chance that token `i` and all before it are accepted.
	 * Never rises. Same length.
	 */
	readonly acceptance: readonly number[];
}

/** What a verify pass yielded, in the order in which it was emitted. */
export interface Commit {
	/** Accepted draft tokens, then the model's own token (bonus or correction). Never empty. */
	readonly tokens: readonly number[];
	/**
	 * The model's argmaxes behind a rejected draft token: `leftover[i]` was predicted after the rejected token
	 * and `i` more draft tokens. They were conditioned on a wrong token, so they are hints and nothing more.
	 */
	readonly leftover: readonly number[];
}

/** Proposes what the model will write next. Token ids only. */
export interface Drafter {
	/**
	 * Candidates, best first, with distinct first tokens; empty where nothing can be proposed.
	 * No candidate is longer than `maxTokens`.
	 */
	draft(maxTokens: number, maxCandidates: number): readonly Draft[];
	/** Tells what was emitted, so that the drafter can find its place again. */
	commit(commit: Commit): void;
}
