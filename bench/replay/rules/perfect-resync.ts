import {agreeingPrefix} from '../../../src/speculation/agreeing-prefix.ts';
import type {ReplayEdit} from '../load-edits.ts';
import {type Block, diffTokens} from '../token-diff.ts';
import {NgramIndex} from './ngram-index.ts';
import type {NamedRule, Rule, RuleInputs} from './rule.ts';

const sizes = [8, 7, 6, 5, 4, 3, 2, 1];

/**
 * Oracle, no rule one could run, and the bound for rules without a model of their own: it knows where every hunk ends,
 * and foresees every hunk whose old and new tokens both occurred as a hunk before; inside of a hunk it drafts the longest
 * match of prompt and output, cut where it would leave the hunk. What stays is one pass per new hunk and per novel token
 * that stands nowhere else.
 */
export const perfectResync: NamedRule = {name: 'perfect-resync', start: inputs => new PerfectResync(inputs)};

class PerfectResync implements Rule {
	readonly #edit: ReplayEdit;
	readonly #maxDraftTokens: number;
	readonly #blocks: readonly Block[];
	readonly #index: NgramIndex;
	readonly #seen = new Set<string>();
	#emitted = 0;
	#current = 0;

	constructor({edit, maxDraftTokens}: RuleInputs) {
		this.#edit = edit;
		this.#maxDraftTokens = maxDraftTokens;
		this.#blocks = [...diffTokens(edit.draft, edit.target).blocks, this.#end()];
		this.#index = new NgramIndex(sizes, edit.prompt.tokens);
	}

	propose(): readonly (readonly number[])[] {
		const tokens: number[] = [];
		let position = this.#emitted;
		for (let at = this.#current; at < this.#blocks.length && tokens.length < this.#maxDraftTokens; at++) {
			const block = this.#blocks[at]!;
			if (position < block.to) {
				const novel = this.#foresee(at, position, tokens.length === 0);
				tokens.push(...novel);
				position += novel.length;
				if (position < block.to) {
					break;
				}
			}
			const start = block.at + position - block.to;
			tokens.push(...this.#edit.draft.slice(start, block.at + block.length));
			position = block.to + block.length;
		}
		return tokens.length > 0 ? [tokens.slice(0, this.#maxDraftTokens)] : [];
	}

	commit({tokens}: {tokens: readonly number[]}): void {
		this.#index.push(tokens);
		this.#emitted += tokens.length;
		while (this.#current < this.#blocks.length - 1 && this.#emitted >= endOf(this.#blocks[this.#current]!)) {
			this.#seen.add(this.#hunkBefore(this.#current++));
		}
	}

	/** Novel tokens from `position` to the block: all of a known hunk, or what the longest match knows of it. */
	#foresee(at: number, position: number, isNext: boolean): readonly number[] {
		const novel = this.#edit.target.slice(position, this.#blocks[at]!.to);
		if (this.#seen.has(this.#hunkBefore(at))) {
			return novel;
		}
		if (!isNext) {
			return [];
		}
		const match = this.#index.continuation('last', novel.length);
		return novel.slice(0, agreeingPrefix(novel, match));
	}

	#hunkBefore(at: number): string {
		const from = this.#blocks[at - 1] ?? {at: 0, to: 0, length: 0};
		const block = this.#blocks[at]!;
		const gone = this.#edit.draft.slice(from.at + from.length, block.at);
		return `${gone.join()}>${this.#edit.target.slice(endOf(from), block.to).join()}`;
	}

	#end(): Block {
		return {at: this.#edit.draft.length, to: this.#edit.target.length, length: 0};
	}
}

function endOf(block: Block): number {
	return block.to + block.length;
}
