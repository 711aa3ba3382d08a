import type {NamedRule, Rule, RuleInputs} from './rule.ts';

/**
 * Cascade's `static_text` ("smart predicted outputs") in vllmx: draft from the prediction; after a mismatch draft
 * nothing until a whole emitted line equals a later line of the prediction, then go on behind that line.
 * Source: "Predicted Outputs in vLLM", Cascade Technologies, September 2025,
 * https://github.com/cascade-tech-ai/vllmx (cascade/docs/smart_predicted_outputs.md)
 */
export const lineDiff: NamedRule = {name: 'line-diff', start: inputs => new LineDiff(inputs)};

class LineDiff implements Rule {
	readonly #draft: readonly number[];
	readonly #maxDraftTokens: number;
	readonly #isNewline: (token: number) => boolean;
	/** End of each line in the draft, by the line's ids. */
	readonly #lineEnds = new Map<string, number[]>();
	#line: number[] = [];
	#cursor = 0;
	#isSynced = true;

	constructor({edit, maxDraftTokens, model}: RuleInputs) {
		this.#draft = edit.draft;
		this.#maxDraftTokens = maxDraftTokens;
		const known = new Map<number, boolean>();
		this.#isNewline = token => {
			if (!known.has(token)) {
				known.set(token, model.tokenizer.decode([token]).includes('\n'));
			}
			return known.get(token)!;
		};
		this.#indexLines();
	}

	propose(): readonly (readonly number[])[] {
		if (!this.#isSynced || this.#cursor >= this.#draft.length) {
			return [];
		}
		return [this.#draft.slice(this.#cursor, this.#cursor + this.#maxDraftTokens)];
	}

	commit({tokens}: {tokens: readonly number[]}): void {
		for (const token of tokens) {
			this.#isSynced &&= this.#draft[this.#cursor] === token;
			if (this.#isSynced) {
				this.#cursor++;
			}
			this.#line.push(token);
			if (!this.#isNewline(token)) {
				continue;
			}
			if (!this.#isSynced) {
				this.#anchor();
			}
			this.#line = [];
		}
	}

	#anchor(): void {
		const end =
			this.#line.length > 1 && this.#lineEnds.get(this.#line.join())?.find(end => end > this.#cursor);
		if (!end) {
			return;
		}
		this.#cursor = end;
		this.#isSynced = true;
	}

	#indexLines(): void {
		let start = 0;
		for (const [index, token] of this.#draft.entries()) {
			if (!this.#isNewline(token)) {
				continue;
			}
			const key = this.#draft.slice(start, index + 1).join();
			const ends = this.#lineEnds.get(key);
			if (ends) {
				ends.push(index + 1);
			} else {
				this.#lineEnds.set(key, [index + 1]);
			}
			start = index + 1;
		}
	}
}
