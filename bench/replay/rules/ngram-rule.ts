import {NgramIndex} from './ngram-index.ts';
import type {NamedRule} from './rule.ts';

export interface NgramSettings {
	readonly longest: number;
	readonly shortest: number;
	readonly which: 'first' | 'last';
	/** Tokens per draft; absent: as many as the run allows. */
	readonly numTokens?: number;
}

/** A rule that looks the last tokens up in prompt and output. */
export function ngramRule(name: string, settings: NgramSettings): NamedRule {
	const {longest, shortest, which, numTokens} = settings;
	const sizes = Array.from({length: longest - shortest + 1}, (_, index) => longest - index);
	return {
		name,
		start({edit, maxDraftTokens}) {
			const index = new NgramIndex(sizes, edit.prompt.tokens);
			return {
				propose() {
					const draft = index.continuation(which, numTokens ?? maxDraftTokens);
					return draft.length > 0 ? [draft] : [];
				},
				commit: ({tokens}) => index.push(tokens),
			};
		},
	};
}
