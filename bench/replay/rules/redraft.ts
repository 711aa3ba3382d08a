import {createDrafter} from '../../../src/draft/create-drafter.ts';
import {defaultTuning, type Tuning} from '../../../src/draft/tuning.ts';
import type {DraftLengthPolicy} from '../../../src/speculation/draft-length-policy.ts';
import type {NamedRule, RuleInputs} from './rule.ts';

export interface RedraftSettings {
	readonly maxCandidates: number;
	/** Decides the lengths; absent: the best candidate up to the run's limit, the second up to `secondLength`. */
	readonly policy?: DraftLengthPolicy;
	readonly tuning?: Partial<Tuning>;
}

/** Tokens of a second candidate at a fixed length: what it wins, it wins with its first tokens. */
const secondLength = 32;

/** The service's own drafter. */
export function redraftRule(name: string, {maxCandidates, policy, tuning}: RedraftSettings): NamedRule {
	return {
		name,
		async start({edit, maxDraftTokens, model}: RuleInputs) {
			const {update, instruction, prompt} = edit;
			const drafter = await createDrafter({
				original: prompt.original,
				update,
				instruction,
				closing: prompt.closing,
				prompt: prompt.tokens,
				originalSpan: prompt.originalSpan,
				predictionSpan: prompt.suggestionSpan,
				vocabulary: model.tokenizer,
				endToken: model.endToken,
				tuning: {...defaultTuning, ...tuning},
			});
			return {
				propose() {
					const drafts = drafter.draft(maxDraftTokens, maxCandidates);
					const lengths = policy?.choose(drafts, 0) ?? [maxDraftTokens, secondLength];
					return drafts.map(({tokens}, index) => tokens.slice(0, lengths[index] ?? 0));
				},
				commit: commit => drafter.commit(commit),
			};
		},
	};
}
