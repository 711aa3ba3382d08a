import {diffTokens} from '../token-diff.ts';
import type {NamedRule} from './rule.ts';

/**
 * Oracle, no rule one could run: it knows the diff. It drafts every shared run exactly and to its end, nothing inside
 * of a hunk, and thus shows what reuse of the original alone can give: one pass per novel token.
 */
export const perfectDiff: NamedRule = {
	name: 'perfect-diff',
	start({edit, maxDraftTokens}) {
		const {blocks} = diffTokens(edit.draft, edit.target);
		let emitted = 0;
		let current = 0;
		return {
			propose() {
				while (current < blocks.length && emitted >= blocks[current]!.to + blocks[current]!.length) {
					current++;
				}
				const block = blocks[current];
				if (!block || emitted < block.to) {
					return [];
				}
				const start = block.at + emitted - block.to;
				return [edit.draft.slice(start, Math.min(block.at + block.length, start + maxDraftTokens))];
			},
			commit({tokens}) {
				emitted += tokens.length;
			},
		};
	},
};
