import {performance} from 'node:perf_hooks';
import type {LoadedModel} from '../model/loaded-model.ts';
import type {DraftLengthPolicy} from '../speculation/draft-length-policy.ts';
import type {Drafter} from '../speculation/drafter.ts';
import {MovingSequence, type MovingSequenceOptions} from '../speculation/moving-sequence.ts';
import type {Room} from '../speculation/room.ts';
import {type EditorOptions, type EditPass, speculativeEdit} from '../speculation/speculative-editor.ts';
import type {Verifier, VerifierSequence} from '../speculation/verifier.ts';
import type {EditObservation} from '../telemetry/edit-observer.ts';
import type {AnswerReader, AnswerText, SourceSpan} from './answer-reader.ts';
import type {LineOperation} from './diff/line-operation.ts';
import type {EditRequest} from './edit-request.ts';
import {
	countSources,
	type EditFigures,
	EditStats,
	type FinishReason,
	type TokenSourceCounts,
} from './edit-stats.ts';

/** What every edit of one service shares. */
export interface EditBackend {
	readonly model: LoadedModel;
	readonly verifier: Verifier;
	/** Where edits find room on the verifier's side; absent where there is room for all. */
	readonly room?: Room;
	/** Draft tokens in one branch of one pass, at most. */
	readonly maxDraftTokens: number;
	readonly maxBranches: number;
	/** Whether a prompt shows what the update gives by rule; absent: it does. */
	readonly hasSuggestions?: boolean;
	/** What an edit may spend on going on elsewhere. */
	readonly moves: Omit<MovingSequenceOptions, 'onMove'>;
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
	/** Where they were asked for: those that this delta makes certain. */
	readonly operations?: readonly LineOperation[];
}

export type EditEvent =
	| {
			readonly kind: 'queued';
			/** Place among the waiting edits; 1 is the next. */
			readonly place: number;
	  }
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
	readonly form: AnswerForm;
}

/** What becomes of an answer's text on its way out. */
export interface AnswerForm {
	push(answer: AnswerText): AnswerText;
	/** What follows at the end of an answer that was not cut short. */
	end(isComplete: boolean): AnswerText;
}

/** The text as the model writes it. */
export const asWritten: AnswerForm = {push: answer => answer, end: () => ({text: '', spans: []})};

/** Drafts nothing: plain decoding. */
export const noDrafter: Drafter = {draft: () => [], commit() {}};

/**
 * Runs what was prepared, from its start to its summary. The sequence on the model's side is ended in every case:
 * also when the caller stops iterating, aborts, or a step fails.
 */
export async function* answer(
	{reader, options, form}: PreparedAnswer,
	{id, backend, observation}: EditContext,
): AsyncGenerator<EditEvent, void> {
	yield {
		kind: 'started',
		editId: id,
		model: backend.model.name,
		promptTokens: options.prompt.length,
	};

	const stats = new EditStats();
	const sequence = observed(moving(backend, observation), observation);
	try {
		for await (const pass of timed(speculativeEdit(sequence, options), stats)) {
			observation.passEnded(pass);
			yield {
				kind: 'delta',
				...form.push(reader.take(pass.sources)),
				tokens: pass.tokens,
				sources: countSources(pass.sources),
				draftTokens: pass.draftTokens,
				acceptedTokens: pass.acceptedTokens,
			};
		}
	} finally {
		await sequence.end();
	}

	yield* closingDeltas(reader, form);
	yield {kind: 'summary', finishReason: reader.stopReason ?? 'length', figures: stats.figures()};
}

/** The loop's options for what was prepared, within the limits of the caller and of the service. */
export function editorOptions(
	request: Pick<EditRequest, 'speculation' | 'maxDraftTokens'>,
	{backend, signal}: EditContext,
	prepared: Pick<EditorOptions, 'prompt' | 'drafter' | 'maxOutputTokens'> & {reader: AnswerReader},
): EditorOptions {
	const {reader, ...parts} = prepared;
	const limit = Math.min(request.maxDraftTokens || backend.maxDraftTokens, backend.maxDraftTokens);
	const maxDraftTokens = request.speculation ? limit : 0;
	return {
		...parts,
		policy: backend.createPolicy(maxDraftTokens),
		stop: reader,
		maxDraftTokens,
		maxBranches: backend.maxBranches,
		signal,
	};
}

function moving({verifier, moves}: EditBackend, observation: EditObservation): VerifierSequence {
	return new MovingSequence(verifier, {...moves, onMove: reason => observation.moved(reason)});
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

/** What was held back, and what follows the answer. */
function* closingDeltas(reader: AnswerReader, form: AnswerForm): Generator<EditEvent, void> {
	if (reader.stopReason === undefined) {
		reader.cut();
		yield closingDelta(form.push(reader.take([])));
	} else {
		yield closingDelta(form.end(reader.stopReason === 'fence_closed'));
	}
}

function closingDelta(answer: AnswerText): EditEvent {
	const noTokens = {tokens: [], sources: countSources([]), draftTokens: 0, acceptedTokens: 0};
	return {kind: 'delta', ...answer, ...noTokens};
}
