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
import {splitFileEnding, withBos} from './prompt.ts';
import {StopStrings} from './stop-strings.ts';
import {checkTextSizes} from './text-limits.ts';

const fence = '```';
/** No token is longer, but for runs of one character. */
const maxFirstTokenCharacters = 256;

/**
 * What the model answers to a chat, by plain greedy decoding of its prompt; the prediction makes it fast and nothing
 * else. The events are those of an edit, the text as the model writes it.
 * @throws {ContextLengthError} the messages leave no room for an answer, or the prediction could be none
 */
export async function* complete(
	request: CompletionRequest,
	context: EditContext,
): AsyncGenerator<EditEvent, void> {
	const {model} = context.backend;
	checkTextSizes(textsOf(request), model);
	const prediction = [{text: request.prediction ?? '', isTemplate: false}];
	const {length} = await encode('prediction.content', prediction, model, context.signal);
	for await (const event of answer(await prepare(request, context), context)) {
		yield event.kind === 'started' ? {...event, predictionTokens: length} : event;
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

async function encodeChat({messages}: CompletionRequest, {backend, signal}: EditContext) {
	const {model} = backend;
	const {tokenizer, preset} = model;
	const tokens = await encode('messages', chatPieces(tokenizer, preset, messages), model, signal);
	return preset.addsBos ? withBos(tokenizer, tokens) : tokens;
}

async function prepare(request: CompletionRequest, context: EditContext): Promise<PreparedAnswer> {
	const {backend, signal} = context;
	const {tokenizer, stopTokens} = backend.model;
	const prompt = await encodeChat(request, context);
	const maxOutputTokens = outputLimit(request, prompt.length, backend);
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
	const {contextTokens} = backend.model;
	const room = contextTokens - promptTokens;
	if (room < 1) {
		throw new ContextLengthError(
			'messages',
			`a prompt that leaves room for an answer in the model's ${contextTokens} tokens`,
			`a prompt of ${promptTokens} tokens`,
		);
	}

	return Math.min(maxOutputTokens || room, room);
}
