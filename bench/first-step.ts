import {Admission} from '../src/edit/admission.ts';
import type {EditBackend} from '../src/edit/edit.ts';
import {checkEditRequest} from '../src/edit/edit-request.ts';
import type {ApplyEditRequest} from '../src/grpc/client.ts';
import type {LoadedModel} from '../src/model/loaded-model.ts';
import {type DraftLengthPolicy, FixedLengthPolicy} from '../src/speculation/draft-length-policy.ts';
import type {Verifier, VerifyStep} from '../src/speculation/verifier.ts';

export interface FirstStepOptions {
	/** @default the service's */
	readonly maxDraftTokens?: number;
	/** @default all draft tokens */
	readonly createPolicy?: (maxDraftTokens: number) => DraftLengthPolicy;
}

/** The step that the service sends first for a request, by its own code: the prompt is its prefix. */
export async function firstStep(
	{options, ...request}: ApplyEditRequest,
	model: LoadedModel,
	{maxDraftTokens = 256, createPolicy = maxTokens => new FixedLengthPolicy(maxTokens)}: FirstStepOptions = {},
): Promise<VerifyStep> {
	const recorder = new StepRecorder();
	const moves = {maxMoves: 0, maxWaitMs: 0};
	const backend: EditBackend = {
		model,
		verifier: recorder,
		maxDraftTokens,
		maxBranches: 2,
		moves,
		createPolicy,
	};
	const source = {current: () => backend, reason: () => '', capacity: () => 1};
	const admission = new Admission(source, {maxOpenEdits: 1, maxQueuedEdits: 0});
	const speculation = options?.speculation ?? true;
	const edit = {...checkEditRequest(request), speculation};
	try {
		for await (const _ of admission.run(edit, new AbortController().signal)) {
			// Events that come before the first step.
		}
	} catch (error) {
		if (recorder.step === undefined) {
			throw error;
		}
	}

	return recorder.step!;
}

/** Keeps the first step that it is sent, and ends the edit there. */
class StepRecorder implements Verifier {
	step: VerifyStep | undefined;

	open() {
		const verify = async (step: VerifyStep) => {
			this.step ??= step;
			throw new Error('the first step is recorded');
		};
		return {verify, end: async () => {}};
	}
}
