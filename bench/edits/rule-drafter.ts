import type {Commit, Draft, Drafter} from '../../src/speculation/drafter.ts';
import type {Rule} from '../replay/rules/rule.ts';

/** Drives a rule of the replay bench through the service's own edit loop. */
export class RuleDrafter implements Drafter {
	readonly #rule: Rule;

	constructor(rule: Rule) {
		this.#rule = rule;
	}

	draft(maxTokens: number, maxCandidates: number): readonly Draft[] {
		return this.#rule
			.propose()
			.slice(0, maxCandidates)
			.map(draft => {
				const tokens = draft.slice(0, maxTokens);
				return {tokens, sources: tokens.map(() => 'context' as const), acceptance: tokens.map(() => 1)};
			});
	}

	commit(commit: Commit): void {
		this.#rule.commit(commit);
	}
}
