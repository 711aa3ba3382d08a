import {performance} from 'node:perf_hooks';
import {AnswerReader} from '../../src/edit/answer-reader.ts';
import {FenceReader} from '../../src/edit/fence.ts';
import type {Prompt} from '../../src/edit/prompt.ts';
import type {LoadedModel} from '../../src/model/loaded-model.ts';
import type {DraftLengthPolicy} from '../../src/speculation/draft-length-policy.ts';
import type {Drafter} from '../../src/speculation/drafter.ts';
import {speculativeEdit} from '../../src/speculation/speculative-editor.ts';
import type {Verifier} from '../../src/speculation/verifier.ts';
import {StreamDecoder} from '../../src/tokenizer/stream-decoder.ts';

export interface RunOptions {
	readonly verifier: Verifier;
	readonly model: LoadedModel;
	readonly prompt: Prompt;
	readonly drafter: Drafter;
	readonly policy: DraftLengthPolicy;
	readonly maxOutputTokens: number;
	readonly maxDraftTokens: number;
}

export interface RunFigures {
	readonly tokens: readonly number[];
	readonly passes: number;
	readonly draftTokens: number;
	readonly acceptedTokens: number;
	/** Wall time of all passes, the one that reads the prompt included, and of drafting. */
	readonly elapsedMs: number;
	/** Time of the pass that reads the prompt, with the first draft. */
	readonly firstPassMs: number;
}

/** One edit by one drafter, through the loop and the verifier of the service. */
export async function runRule({verifier, model, prompt, ...options}: RunOptions): Promise<RunFigures> {
	const reader = new AnswerReader(
		new StreamDecoder(model.tokenizer),
		new FenceReader(prompt.fence),
		model.stopTokens,
	);
	const sequence = verifier.open();
	const signal = new AbortController().signal;
	const loop = speculativeEdit(sequence, {
		...options,
		prompt: prompt.tokens,
		stop: reader,
		maxBranches: 2,
		signal,
	});
	const startMs = performance.now();
	let firstPassMs = 0;
	const tokens: number[] = [];
	const sums = {passes: 0, draftTokens: 0, acceptedTokens: 0};
	try {
		for await (const pass of loop) {
			firstPassMs ||= performance.now() - startMs;
			tokens.push(...pass.tokens);
			sums.passes += 1;
			sums.draftTokens += pass.draftTokens;
			sums.acceptedTokens += pass.acceptedTokens;
		}

		return {tokens, ...sums, firstPassMs, elapsedMs: performance.now() - startMs};
	} finally {
		await sequence.end();
	}
}
