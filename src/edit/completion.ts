import {createDrafter} from '../draft/create-drafter.ts';
import type {LoadedModel} from '../model/loaded-model.ts';
import type {Drafter} from '../speculation/drafter.ts';
import {type PromptPiece, TooManyTokensError} from '../tokenizer/prompt-encoder.ts';
import {StreamDecoder} from '../tokenizer/stream-decoder.ts';
import {AnswerReader} from './answer-reader.ts';
import {chatPieces} from './chat-prompt.ts';
import type {CompletionRequest} from './completion-request.ts';
import {draftSources} from './draft-sources.ts';
import {
	answer,
	asWritten,
	type EditBackend,
	type EditContext,
	type EditEvent,
	editorOptions,
	noDrafter,
	type PreparedAnswer,
} from './edit.ts';
import {longestBacktickRun} from './fence.ts';
import {FramedDrafter} from './framed-drafter.ts';
import {ContextLengthError} from './invalid-request-error.ts';
import {expectedKvTokens, type ReadRequest, tokenLimit} from './kv-tokens.ts';
import {splitFileEnding, withBos} from './prompt.ts';
import {StopStrings} from './stop-strings.ts';
import {checkTextSizes} from './text-limits.ts';

/** The chat as it is put to the model, and what it may answer. */
interface ReadCompletion {
	readonly predictionTokens: number;
	readonly prompt: readonly number[];
	readonly maxOutputTokens: number;
}

const fence = '```';
/** No token is longer, but for runs of one character. */
const maxFirstTokenCharacters = 256;

/**
 * What the model answers to a chat, by plain greedy decoding of its prompt; the prediction makes it fast and nothing
 * else. The events are those of an edit, the text as the model writes it.
 * @throws {ContextLengthError} the messages leave no room for an answer, or the prediction could be none
 */
export async function readCompletion(
	request: CompletionRequest,
	backend: EditBackend,
	signal: AbortSignal,
): Promise<ReadRequest> {
	const {model} = backend;
	checkTextSizes(textsOf(request), model);
	const prediction = [{text: request.prediction ?? '', isTemplate: false}];
	const {length: predictionTokens} = await encode('prediction.content', prediction, model, signal);
	const prompt = await encodeChat(request, model, signal);
	const maxOutputTokens = outputLimit(request, prompt.length, backend);
	const similarTokens = predictionTokens || prompt.length;
	const expected = {promptTokens: prompt.length, similarTokens, maxOutputTokens};
	return {
		kvTokens: expectedKvTokens(expected, request, backend),
		run: context => run(request, {predictionTokens, prompt, maxOutputTokens}, context),
	};
}

async function* run(
	request: CompletionRequest,
	{predictionTokens, ...read}: ReadCompletion,
	context: EditContext,
): AsyncGenerator<EditEvent, void> {
	for await (const event of answer(await prepare(request, read, context), context)) {
		yield event.kind === 'started' ? {...event, predictionTokens} : event;
	}
}

function textsOf({messages, prediction}: CompletionRequest): Record<string, string | undefined> {
	const contents = messages.map(({content}, index) => [`messages[${index}].content`, content] as const);
	return {...Object.fromEntries(contents), 'prediction.content': prediction};
}

async function encode(
	field: string,
	pieces: readonly PromptPiece[],
	{encoder, contextTokens}: LoadedModel,
	signal: AbortSignal,
): Promise<number[]> {
	try {
		return (await encoder.encode(pieces, contextTokens, signal)).flat();
	} catch (error) {
		if (error instanceof TooManyTokensError) {
			throw new ContextLengthError(field, `at most the model's ${contextTokens} tokens`, 'more');
		}

		throw error;
	}
}

async function encodeChat(
	{messages}: CompletionRequest,
	model: LoadedModel,
	signal: AbortSignal,
): Promise<readonly number[]> {
	const {tokenizer, preset} = model;
	const tokens = await encode('messages', chatPieces(tokenizer, preset, messages), model, signal);
	return preset.addsBos ? withBos(tokenizer, tokens) : tokens;
}

async function prepare(
	request: CompletionRequest,
	{prompt, maxOutputTokens}: Omit<ReadCompletion, 'predictionTokens'>,
	context: EditContext,
): Promise<PreparedAnswer> {
	const {backend, signal} = context;
	const {tokenizer, stopTokens} = backend.model;
	const drafter = request.speculation ? await createDrafters(request, prompt, backend) : noDrafter;
	signal.throwIfAborted();
	const reader = new AnswerReader(new StreamDecoder(tokenizer), new StopStrings(request.stop), stopTokens);
	const options = editorOptions(request, context, {prompt, drafter, reader, maxOutputTokens});
	return {reader, options, form: asWritten};
}

async function createDrafters(
	request: CompletionRequest,
	prompt: readonly number[],
	{model: {tokenizer, endToken}}: EditBackend,
): Promise<Drafter> {
	const {original, ...sources} = draftSources(request);
	const text = splitFileEnding(original)[0];
	const shared = {...sources, prompt, closing: '', endToken, vocabulary: tokenizer};
	const bare = await createDrafter({...shared, original: text});
	if (longestBacktickRun(text) >= fence.length) {
		return bare;
	}

	const framed = await createDrafter({...shared, original: `${fence}\n${text}\n${fence}`});
	const [first] = tokenizer.encode(text.slice(0, maxFirstTokenCharacters));
	return new FramedDrafter(bare, framed, first);
}

function outputLimit(
	{maxOutputTokens}: CompletionRequest,
	promptTokens: number,
	backend: EditBackend,
): number {
	const {maxTokens, words} = tokenLimit(backend);
	const room = maxTokens - promptTokens;
	if (room < 1) {
		throw new ContextLengthError(
			'messages',
			`a prompt that leaves room for an answer in ${words}`,
			`a prompt of ${promptTokens} tokens`,
		);
	}

	return Math.min(maxOutputTokens || room, room);
}
