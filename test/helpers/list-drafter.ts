import type {Commit, Draft, Drafter} from '../../src/speculation/drafter.ts';

/** Replays the given candidates, one list per pass, and records what was committed. */
export class ListDrafter implements Drafter {
	readonly commits: Commit[] = [];
	readonly #passes: readonly (readonly (readonly number[])[])[];
	#next = 0;

	constructor(passes: readonly (readonly (readonly number[])[])[]) {
		this.#passes = passes;
	}

	draft(maxTokens: number, maxCandidates: number): readonly Draft[] {
		const candidates = this.#passes[this.#next++] ?? [];
		return candidates.slice(0, maxCandidates).map(candidate => {
			const tokens = candidate.slice(0, maxTokens);
			return {tokens, sources: tokens.map(() => 'original'), acceptance: tokens.map(() => 1)};
		});
	}

	commit(commit: Commit): void {
		this.commits.push(commit);
	}
}
