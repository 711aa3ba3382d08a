import {Admission} from '../../src/edit/admission.ts';
import type {EditBackend} from '../../src/edit/edit.ts';
import {checkEditRequest, type UncheckedEditRequest} from '../../src/edit/edit-request.ts';
import type {LoadedModel} from '../../src/model/loaded-model.ts';
import {FixedLengthPolicy} from '../../src/speculation/draft-length-policy.ts';
import {TargetVerifier} from './target-verifier.ts';

export interface ScriptedEditResult {
	readonly text: string;
	readonly tokens: readonly number[];
	readonly finishReason: string;
}

/**
 * One edit through the service's own code, from the request's rules on, by a model that writes `answer` and ends.
 * @throws whatever the service refuses it with
 */
export async function scriptedEdit(
	model: LoadedModel,
	answer: string,
	request: UncheckedEditRequest,
): Promise<ScriptedEditResult> {
	const backend: EditBackend = {
		model,
		verifier: new TargetVerifier({target: [...model.tokenizer.encode(answer), model.endToken]}),
		maxDraftTokens: 64,
		maxBranches: 2,
		moves: {maxMoves: 0, maxWaitMs: 0},
		createPolicy: maxTokens => new FixedLengthPolicy(maxTokens),
	};
	const source = {current: () => backend, reason: () => '', capacity: () => 1};
	const admission = new Admission(source, {maxOpenEdits: 1, maxQueuedEdits: 0});
	const tokens: number[] = [];
	let [text, finishReason] = ['', ''];
	for await (const event of admission.run(checkEditRequest(request), new AbortController().signal)) {
		if (event.kind === 'delta') {
			text += event.text;
			tokens.push(...event.tokens);
		} else if (event.kind === 'summary') {
			finishReason = event.finishReason;
		}
	}

	return {text, tokens, finishReason};
}
