import {performance} from 'node:perf_hooks';
import {createDrafter} from '../draft/create-drafter.ts';
import type {LoadedModel} from '../model/loaded-model.ts';
import type {DraftLengthPolicy} from '../speculation/draft-length-policy.ts';
import {RecoveringSequence} from '../speculation/recovering-sequence.ts';
import {type EditorOptions, type EditPass, speculativeEdit} from '../speculation/speculative-editor.ts';
import type {Verifier, VerifierSequence} from '../speculation/verifier.ts';
import type {EditObservation} from '../telemetry/edit-observer.ts';
import {StreamDecoder} from '../tokenizer/stream-decoder.ts';
import {AnswerReader, type SourceSpan} from './answer-reader.ts';
import type {EditRequest} from './edit-request.ts';
import {
	countSources,
	type EditFigures,
	EditStats,
	type FinishReason,
	type TokenSourceCounts,
} from './edit-stats.ts';
import {FenceReader} from './fence.ts';
import {InvalidRequestError} from './invalid-request-error.ts';
import {buildPrompt, type Prompt} from './prompt.ts';

/** A caller that names no limit gets twice the prompt and this: a model that never ends its answer is stopped. */
const spareTokens = 512;

/** What every edit of one service shares. */
export interface EditBackend {
	readonly model: LoadedModel;
	readonly verifier: Verifier;
	/** Draft tokens in one branch of one pass, at most. */
	readonly maxDraftTokens: number;
	readonly maxBranches: number;
	/** A policy for one edit; it may learn from the edit's passes. */
	readonly createPolicy: (maxDraftTokens: number) => DraftLengthPolicy;
}

export interface EditDelta {
	readonly text: string;
	readonly spans: readonly SourceSpan[];
	readonly tokens: readonly number[];
	readonly sources: TokenSourceCounts;
	/** Draft tokens sent in the pass behind this delta, and how many of them were accepted. */
	readonly draftTokens: number;
	readonly acceptedTokens: number;
}

export type EditEvent =
	| {
			readonly kind: 'started';
			readonly editId: string;
			readonly model: string;
			readonly promptTokens: number;
			/** Tokens of the prediction that came with a completion. */
			readonly predictionTokens?: number;
	  }
	| ({readonly kind: 'delta'} & EditDelta)
	| {readonly kind: 'summary'; readonly finishReason: FinishReason; readonly figures: EditFigures};

/** What an edit runs in. */
export interface EditContext {
	readonly id: string;
	readonly backend: EditBackend;
	readonly signal: AbortSignal;
	readonly observation: EditObservation;
}

/** Text on the outside, token ids on the inside: what one answer of the model is made of. */
export interface PreparedAnswer {
	readonly reader: AnswerReader;
	readonly options: EditorOptions;
	/** What is put behind a complete answer: the line ending that the file had behind its last line. */
	readonly ending: string;
}

/**
 * One edit from the checked request to its summary.
 * @throws {InvalidRequestError} the file does not fit the model's context
 */
export async function* applyEdit(
	request: EditRequest,
	context: EditContext,
): AsyncGenerator<EditEvent, void> {
	yield* answer(prepare(request, context), context);
}

/**
 * Runs what was prepared, from its start to its summary. The sequence on the model's side is ended in every case:
 * also when the caller stops iterating, aborts, or a step fails.
 */
export async function* answer(
	{reader, options, ending}: PreparedAnswer,
	{id, backend, observation}: EditContext,
): AsyncGenerator<EditEvent, void> {
	yield {
		kind: 'started',
		editId: id,
		model: backend.model.name,
		promptTokens: options.prompt.length,
	};

	const stats = new EditStats();
	const sequence = observed(new RecoveringSequence(backend.verifier), observation);
	try {
		for await (const pass of timed(speculativeEdit(sequence, options), stats)) {
			observation.passEnded(pass);
			yield {
				kind: 'delta',
				...reader.take(pass.sources),
				tokens: pass.tokens,
				sources: countSources(pass.sources),
				draftTokens: pass.draftTokens,
				acceptedTokens: pass.acceptedTokens,
			};
		}
	} finally {
		await sequence.end();
	}

	if (reader.stopReason === undefined) {
		reader.end();
	}

	yield closingDelta(reader, ending);
	yield {kind: 'summary', finishReason: reader.stopReason ?? 'length', figures: stats.figures()};
}

function prepare(request: EditRequest, {backend, signal}: EditContext): PreparedAnswer {
	const {tokenizer, preset, stopTokens} = backend.model;
	const prompt = buildPrompt(tokenizer, preset, request);
	// Before the drafter is made: its cost grows with a file that may be too large to edit at all.
	const maxOutputTokens = outputLimit(request, prompt, backend);
	const reader = new AnswerReader(new StreamDecoder(tokenizer), new FenceReader(prompt.fence), stopTokens);
	const drafter = createDrafter({
		original: prompt.original,
		update: request.update,
		instruction: request.instruction,
		prompt: prompt.tokens,
		closing: prompt.closing,
		endToken: backend.model.endToken,
		vocabulary: tokenizer,
	});
	const maxDraftTokens = draftLimit(request, backend);
	const options = {
		prompt: prompt.tokens,
		drafter,
		policy: backend.createPolicy(maxDraftTokens),
		stop: reader,
		maxOutputTokens,
		maxDraftTokens,
		maxBranches: backend.maxBranches,
		signal,
	};
	return {reader, options, ending: prompt.fileEnding};
}

/** Draft tokens in one branch of one pass, as the caller and the service allow. */
export function draftLimit(
	request: Pick<EditRequest, 'speculation' | 'maxDraftTokens'>,
	backend: EditBackend,
): number {
	if (!request.speculation) {
		return 0;
	}

	return Math.min(request.maxDraftTokens || backend.maxDraftTokens, backend.maxDraftTokens);
}

/** Refuses before the model is asked what would end in a file cut short. */
function outputLimit(request: EditRequest, prompt: Prompt, backend: EditBackend): number {
	const {contextTokens, tokenizer} = backend.model;
	const room = contextTokens - prompt.tokens.length;
	const fileTokens = tokenizer.encode(prompt.original + prompt.closing).length + 1;
	const wanted = request.maxOutputTokens || 2 * prompt.tokens.length + spareTokens;
	const needed = Math.min(wanted, fileTokens);
	if (room < needed) {
		throw new InvalidRequestError(
			'original',
			`a prompt that leaves ${needed} of the model's ${contextTokens} tokens for the answer`,
			`a prompt of ${prompt.tokens.length} tokens, which leaves ${Math.max(0, room)}`,
		);
	}

	return Math.min(wanted, room);
}

/** Tells of each step that is sent. Its answer is told of by the pass that it makes. */
function observed(sequence: VerifierSequence, observation: EditObservation): VerifierSequence {
	return {
		verify(step, signal) {
			observation.passBegan();
			return sequence.verify(step, signal);
		},
		end: () => sequence.end(),
	};
}

async function* timed(
	passes: AsyncGenerator<EditPass, void>,
	stats: EditStats,
): AsyncGenerator<EditPass, void> {
	try {
		for (;;) {
			const askedMs = performance.now();
			const {value: pass, done} = await passes.next();
			if (done || !pass) {
				return;
			}

			stats.add(pass, performance.now() - askedMs);
			yield pass;
		}
	} finally {
		await passes.return();
	}
}

/** What was held back, and the line ending that the file had behind its last line. */
function closingDelta(reader: AnswerReader, fullEnding: string): {kind: 'delta'} & EditDelta {
	const {text, spans} = reader.take([]);
	const ending = reader.stopReason === undefined ? '' : fullEnding;
	const endingSpan = {start: text.length, end: text.length + ending.length, source: 'original' as const};
	return {
		kind: 'delta',
		text: text + ending,
		spans: ending === '' ? spans : [...spans, endingSpan],
		tokens: [],
		sources: countSources([]),
		draftTokens: 0,
		acceptedTokens: 0,
	};
}
