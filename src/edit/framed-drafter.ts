import type {Commit, Draft, Drafter} from '../speculation/drafter.ts';

/**
 * Chooses between a draft of the bare text and one of the text in a code block by the answer's first token: a model
 * that was asked for a file begins with the file, or with a fence or a sentence before one.
 */
export class FramedDrafter implements Drafter {
	readonly #bare: Drafter;
	readonly #framed: Drafter;
	readonly #firstToken: number | undefined;
	#chosen: Drafter | undefined;

	/** @param firstToken of the bare text */
	constructor(bare: Drafter, framed: Drafter, firstToken: number | undefined) {
		this.#bare = bare;
		this.#framed = framed;
		this.#firstToken = firstToken;
	}

	draft(maxTokens: number, maxCandidates: number): readonly Draft[] {
		return (this.#chosen ?? this.#bare).draft(maxTokens, maxCandidates);
	}

	commit(commit: Commit): void {
		this.#chosen ??= commit.tokens[0] === this.#firstToken ? this.#bare : this.#framed;
		this.#chosen.commit(commit);
	}
}
