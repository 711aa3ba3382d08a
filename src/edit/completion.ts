import {createDrafter} from '../draft/create-drafter.ts';
import {StreamDecoder} from '../tokenizer/stream-decoder.ts';
import {AnswerReader} from './answer-reader.ts';
import {buildChatPrompt} from './chat-prompt.ts';
import type {CompletionRequest} from './completion-request.ts';
import {draftSources} from './draft-sources.ts';
import {
	answer,
	draftLimit,
	type EditBackend,
	type EditContext,
	type EditEvent,
	type PreparedAnswer,
} from './edit.ts';
import {ContextLengthError} from './invalid-request-error.ts';
import {splitFileEnding} from './prompt.ts';
import {StopStrings} from './stop-strings.ts';

/**
 * What the model answers to a chat, by plain greedy decoding of its prompt; the prediction makes it fast and nothing
 * else. The events are those of an edit, the text as the model writes it.
 * @throws {ContextLengthError} the messages leave no room for an answer
 */
export async function* complete(
	request: CompletionRequest,
	context: EditContext,
): AsyncGenerator<EditEvent, void> {
	const {tokenizer} = context.backend.model;
	const predictionTokens = tokenizer.encode(request.prediction ?? '').length;
	for await (const event of answer(await prepare(request, context), context)) {
		yield event.kind === 'started' ? {...event, predictionTokens} : event;
	}
}

async function prepare(request: CompletionRequest, {backend, signal}: EditContext): Promise<PreparedAnswer> {
	const {tokenizer, preset, stopTokens, endToken} = backend.model;
	const prompt = buildChatPrompt(tokenizer, preset, request.messages);
	const maxOutputTokens = outputLimit(request, prompt.length, backend);
	const reader = new AnswerReader(new StreamDecoder(tokenizer), new StopStrings(request.stop), stopTokens);
	const {original, update, instruction} = draftSources(request);
	const maxDraftTokens = draftLimit(request, backend);
	const drafter = await createDrafter({
		original: splitFileEnding(original)[0],
		update,
		instruction,
		prompt,
		closing: '',
		endToken,
		vocabulary: tokenizer,
	});
	const options = {
		prompt,
		drafter,
		policy: backend.createPolicy(maxDraftTokens),
		stop: reader,
		maxOutputTokens,
		maxDraftTokens,
		maxBranches: backend.maxBranches,
		signal,
	};
	return {reader, options, ending: ''};
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
