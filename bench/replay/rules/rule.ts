import type {LoadedModel} from '../../../src/model/loaded-model.ts';
import type {Commit} from '../../../src/speculation/drafter.ts';
import type {ReplayEdit} from '../load-edits.ts';

/** A way of drafting, as the replay drives it: token ids only, and no sight of the target. */
export interface Rule {
	/** Drafts for the next pass, each as long as the rule wants them verified. Empty for a plain step. */
	propose(): readonly (readonly number[])[];
	commit(commit: Commit): void;
}

export interface RuleInputs {
	readonly edit: ReplayEdit;
	/** Longest draft of the run. Rules whose method fixes a length ignore it. */
	readonly maxDraftTokens: number;
	readonly model: LoadedModel;
}

export interface NamedRule {
	readonly name: string;
	start(inputs: RuleInputs): Rule | Promise<Rule>;
}
