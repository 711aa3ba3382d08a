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
import {type FileText, readFileText, toModelText} from './file-text.ts';
import {ContextLengthError} from './invalid-request-error.ts';
import {type ExpectedAnswer, expectedKvTokens, type ReadRequest, tokenLimit} from './kv-tokens.ts';
import {encodePrompt, type Prompt, type PromptInput} from './prompt.ts';
import {suggestAnswer} from './suggest-answer.ts';
import {checkTextSizes} from './text-limits.ts';
import {TextRestorer} from './text-restorer.ts';

/** A caller that names no limit gets twice the prompt and this: a model that never ends its answer is stopped. */
const spareTokens = 512;

/** The edit as it is put to the model, and what it may answer. */
interface ReadEdit {
	readonly file: FileText;
	readonly input: PromptInput;
	readonly prompt: Prompt;
	readonly expected: ExpectedAnswer;
}

/**
 * One edit, from the checked request.
 * @throws {InvalidRequestError} the file does not fit the model's context
 */
export async function readEdit(
	request: EditRequest,
	backend: EditBackend,
	signal: AbortSignal,
): Promise<ReadRequest> {
	const {original, update, instruction} = request;
	checkTextSizes({original, update, instruction}, backend.model);
	const file = readFileText(original);
	const input = {...request, original: file.text, update: update && toModelText(update)};
	const read = {file, input, ...(await fittingPrompt(input, request, backend, signal))};
	return {
		kvTokens: expectedKvTokens(read.expected, request, backend),
		run: context => run(request, read, context),
	};
}

/** With a suggestion where there is room for it: it helps the model, and can be left out. */
async function fittingPrompt(
	input: PromptInput,
	request: EditRequest,
	backend: EditBackend,
	signal: AbortSignal,
): Promise<Pick<ReadEdit, 'prompt' | 'expected'>> {
	const {hasSuggestions = true} = backend;
	const suggestion = hasSuggestions ? await suggestAnswer(input.original, input.update) : undefined;
	try {
		return await limitedPrompt({...input, suggestion}, request, backend, signal);
	} catch (error) {
		if (suggestion !== undefined && error instanceof ContextLengthError) {
			return limitedPrompt(input, request, backend, signal);
		}

		throw error;
	}
}

async function limitedPrompt(
	input: PromptInput,
	request: EditRequest,
	backend: EditBackend,
	signal: AbortSignal,
): Promise<Pick<ReadEdit, 'prompt' | 'expected'>> {
	const prompt = await promptOf(input, backend, signal);
	const {start, end} = prompt.suggestionSpan ?? prompt.originalSpan;
	const similarTokens = end - start + backend.model.tokenizer.encode(prompt.closing).length + 1;
	const lengths = {promptTokens: prompt.tokens.length, similarTokens};
	return {prompt, expected: {...lengths, maxOutputTokens: outputLimit(request, lengths, backend)}};
}

async function* run(
	request: EditRequest,
	read: ReadEdit,
	context: EditContext,
): AsyncGenerator<EditEvent, void> {
	const events = answer(await prepare(request, read, context), context);
	yield* request.includeDiff ? withDiff(events, request.original) : events;
}

/** The drafter is made here, not while the edit waits for its place: what it knows of a large file is large. */
async function prepare(
	request: EditRequest,
	{file, input, prompt, expected: {maxOutputTokens}}: ReadEdit,
	context: EditContext,
): Promise<PreparedAnswer> {
	const {backend, signal} = context;
	const {tokenizer, stopTokens, endToken} = backend.model;
	const {tokens, originalSpan, suggestionSpan, closing} = prompt;
	const texts = {original: prompt.original, update: input.update, instruction: request.instruction};
	const drafter = request.speculation
		? await createDrafter({
				...texts,
				prompt: tokens,
				originalSpan,
				predictionSpan: suggestionSpan,
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
function outputLimit(
	request: EditRequest,
	{promptTokens, similarTokens}: Omit<ExpectedAnswer, 'maxOutputTokens'>,
	backend: EditBackend,
): number {
	const {maxTokens, words} = tokenLimit(backend);
	const room = maxTokens - promptTokens;
	const wanted = request.maxOutputTokens || 2 * promptTokens + spareTokens;
	const needed = Math.min(wanted, similarTokens);
	if (room < needed) {
		throw new ContextLengthError(
			'original',
			`a prompt that leaves ${needed} of ${words} for the answer`,
			`a prompt of ${promptTokens} tokens, which leaves ${Math.max(0, room)}`,
		);
	}

	return Math.min(wanted, room);
}
