import {createDrafter} from '../draft/create-drafter.ts';
import {TooManyTokensError} from '../tokenizer/prompt-encoder.ts';
import {StreamDecoder} from '../tokenizer/stream-decoder.ts';
import {AnswerReader} from './answer-reader.ts';
import {withDiff} from './diff/with-diff.ts';
import {
	answer,
	type EditBackend,
	type EditContext,
	type EditEvent,
	editorOptions,
	noDrafter,
	type PreparedAnswer,
} from './edit.ts';
import type {EditRequest} from './edit-request.ts';
import {FenceReader} from './fence.ts';
import {readFileText, toModelText} from './file-text.ts';
import {ContextLengthError} from './invalid-request-error.ts';
import {encodePrompt, type Prompt, type PromptInput} from './prompt.ts';
import {checkTextSizes} from './text-limits.ts';
import {TextRestorer} from './text-restorer.ts';

/** A caller that names no limit gets twice the prompt and this: a model that never ends its answer is stopped. */
const spareTokens = 512;

/**
 * One edit from the checked request to its summary.
 * @throws {InvalidRequestError} the file does not fit the model's context
 */
export async function* applyEdit(
	request: EditRequest,
	context: EditContext,
): AsyncGenerator<EditEvent, void> {
	const events = answer(await prepare(request, context), context);
	yield* request.includeDiff ? withDiff(events, request.original) : events;
}

async function prepare(request: EditRequest, context: EditContext): Promise<PreparedAnswer> {
	const {backend, signal} = context;
	const {original, update, instruction} = request;
	checkTextSizes({original, update, instruction}, backend.model);
	const file = readFileText(original);
	const input = {...request, original: file.text, update: update && toModelText(update)};
	const prompt = await promptOf(input, backend, signal);
	// Before the drafter is made: its cost grows with a file that may be too large to edit at all.
	const maxOutputTokens = outputLimit(request, prompt, backend);
	const {tokenizer, stopTokens, endToken} = backend.model;
	const {tokens, originalSpan, closing} = prompt;
	const texts = {original: prompt.original, update: input.update, instruction};
	const drafter = request.speculation
		? await createDrafter({
				...texts,
				prompt: tokens,
				originalSpan,
				closing,
				endToken,
				vocabulary: tokenizer,
			})
		: noDrafter;
	signal.throwIfAborted();
	const reader = new AnswerReader(new StreamDecoder(tokenizer), new FenceReader(prompt.fence), stopTokens);
	const options = editorOptions(request, context, {prompt: tokens, drafter, reader, maxOutputTokens});
	return {reader, options, form: new TextRestorer(file)};
}

async function promptOf(input: PromptInput, {model}: EditBackend, signal: AbortSignal): Promise<Prompt> {
	try {
		return await encodePrompt(model, input, signal);
	} catch (error) {
		if (error instanceof TooManyTokensError) {
			throw new ContextLengthError(
				'original',
				`a prompt within the model's ${model.contextTokens} tokens`,
				'a longer one',
			);
		}

		throw error;
	}
}

/** Refuses before the model is asked what would end in a file cut short. */
function outputLimit(request: EditRequest, prompt: Prompt, backend: EditBackend): number {
	const {contextTokens, tokenizer} = backend.model;
	const room = contextTokens - prompt.tokens.length;
	const {start, end} = prompt.originalSpan;
	const fileTokens = end - start + tokenizer.encode(prompt.closing).length + 1;
	const wanted = request.maxOutputTokens || 2 * prompt.tokens.length + spareTokens;
	const needed = Math.min(wanted, fileTokens);
	if (room < needed) {
		throw new ContextLengthError(
			'original',
			`a prompt that leaves ${needed} of the model's ${contextTokens} tokens for the answer`,
			`a prompt of ${prompt.tokens.length} tokens, which leaves ${Math.max(0, room)}`,
		);
	}

	return Math.min(wanted, room);
}
