import {performance} from 'node:perf_hooks';
import {AnswerReader} from '../../src/answer-reader.ts';
import type {ChunkPolicy} from '../../src/draft/chunk-policy.ts';
import type {Drafter} from '../../src/draft/drafter.ts';
import {FenceReader} from '../../src/fence.ts';
import type {LoadedModel} from '../../src/loaded-model.ts';
import type {Prompt} from '../../src/prompt.ts';
import {speculativeEdit} from '../../src/speculative-editor.ts';
import {StreamDecoder} from '../../src/stream-decoder.ts';
import type {Verifier} from '../../src/verifier.ts';

export interface RunOptions {
	readonly verifier: Verifier;
	readonly model: LoadedModel;
	readonly prompt: Prompt;
	readonly drafter: Drafter;
	readonly policy: ChunkPolicy;
	readonly maxOutputTokens: number;
	readonly maxChunkTokens: number;
}

export interface RunFigures {
	readonly tokens: readonly number[];
	readonly passes: number;
	readonly draftTokens: number;
	readonly acceptedTokens: number;
	/** Wall time of all passes, the one that reads the prompt included, and of drafting. */
	readonly elapsedMs: number;
	/** Time of the pass that reads the prompt, with its first chunk. */
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
