import type {DraftLengthPolicy} from '../../src/speculation/draft-length-policy.ts';
import type {Drafter} from '../../src/speculation/drafter.ts';
import {type EditPass, speculativeEdit} from '../../src/speculation/speculative-editor.ts';
import type {Verifier} from '../../src/speculation/verifier.ts';

/** Sends everything that the drafter proposes, all candidates included. */
export const sendAll: DraftLengthPolicy = {
	choose: drafts => drafts.map(draft => draft.tokens.length),
	observe() {},
};

export interface EditorCase {
	readonly prompt: readonly number[];
	readonly drafter: Drafter;
	readonly endToken: number;
	readonly maxOutputTokens?: number;
	readonly maxDraftTokens?: number;
	readonly maxBranches?: number;
}

/** Runs the loop to its end on a fresh sequence. */
export async function runEditor(verifier: Verifier, editorCase: EditorCase): Promise<EditPass[]> {
	const options = {
		policy: sendAll,
		maxOutputTokens: 10_000,
		maxDraftTokens: 64,
		maxBranches: 4,
		signal: new AbortController().signal,
		stop: {ends: (token: number) => token === editorCase.endToken},
		...editorCase,
	};
	const passes: EditPass[] = [];
	for await (const pass of speculativeEdit(verifier.open(), options)) {
		passes.push(pass);
	}

	return passes;
}
