import type {NamedRule, Rule, RuleInputs} from './rule.ts';

/** Equal tokens in a row that bring the draft back. */
const suffixLength = 7;

/**
 * EfficientEdit's reuse rule: the whole remaining file is one draft; after a mismatch nothing is reused until the last
 * seven emitted tokens occur in the remainder, first occurrence. Its small model, which drafts in between, is left out:
 * no rule here has a model.
 * Source: "EfficientEdit: Accelerating Code Editing via Edit-Oriented Speculative Decoding",
 * https://arxiv.org/abs/2506.02780
 */
export const efficientEdit: NamedRule = {name: 'efficient-edit', start: inputs => new EfficientEdit(inputs)};

class EfficientEdit implements Rule {
	readonly #draft: readonly number[];
	#tail: number[] = [];
	#cursor = 0;
	#isSynced = true;

	constructor({edit}: RuleInputs) {
		this.#draft = edit.draft;
	}

	propose(): readonly (readonly number[])[] {
		return this.#isSynced && this.#cursor < this.#draft.length ? [this.#draft.slice(this.#cursor)] : [];
	}

	commit({tokens}: {tokens: readonly number[]}): void {
		for (const token of tokens) {
			this.#isSynced &&= this.#draft[this.#cursor] === token;
			if (this.#isSynced) {
				this.#cursor++;
			}
		}
		this.#tail = [...this.#tail, ...tokens].slice(-suffixLength);
		if (!this.#isSynced && this.#tail.length === suffixLength) {
			this.#resync();
		}
	}

	#resync(): void {
		const last = this.#draft.length - suffixLength;
		for (let at = this.#cursor; at <= last; at++) {
			if (this.#tail.some((token, index) => this.#draft[at + index] !== token)) {
				continue;
			}
			this.#cursor = at + suffixLength;
			this.#isSynced = true;
			return;
		}
	}
}
