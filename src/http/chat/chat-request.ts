import {z} from 'zod';
import type {AnswerRequest} from '../../edit/answer-request.ts';
import {type ChatMessage, checkCompletionRequest} from '../../edit/completion-request.ts';
import {checkEditRequest} from '../../edit/edit-request.ts';
import {parseUpdateMessage} from './update-message.ts';

const unsupported = (expected: string) => ({error: `expected ${expected}, received another value`});

const part = z.object(
	{type: z.literal('text', unsupported('"text"')), text: z.string()},
	unsupported('a text'),
);
const content = z.union([z.string(), z.array(part)], unsupported('a string or parts of type "text"'));
const message = z.object({
	role: z.enum(
		['system', 'developer', 'user', 'assistant'],
		unsupported('"system", "developer", "user" or "assistant"'),
	),
	content: content.nullish(),
});
const count = z.int().min(1);
const none = z.literal(0, unsupported('0: the answer is that of greedy decoding')).nullish();

/** What is read of a request. Sampling is none: `temperature`, `top_p` and `seed` are accepted and change nothing. */
export const chatBody = z
	.object({
		model: z.string(),
		messages: z.array(message).min(1, unsupported('one message or more')),
		prediction: z.object({type: z.literal('content'), content}).nullish(),
		stream: z.boolean().nullish(),
		stream_options: z.object({include_usage: z.boolean().nullish()}).nullish(),
		stop: z.union([z.string(), z.array(z.string()).max(4)], unsupported('a string or up to 4')).nullish(),
		max_tokens: count.nullish(),
		max_completion_tokens: count.nullish(),
		n: z.literal(1, unsupported('1')).nullish(),
		tools: z.array(z.unknown()).max(0, unsupported('no tools')).nullish(),
		functions: z.array(z.unknown()).max(0, unsupported('no functions')).nullish(),
		audio: z.null(unsupported('no audio')).optional(),
		modalities: z.array(z.literal('text', unsupported('"text"'))).nullish(),
		logprobs: z.literal(false, unsupported('false')).nullish(),
		top_logprobs: none,
		presence_penalty: none,
		frequency_penalty: none,
		logit_bias: z.strictObject({}, unsupported('no bias')).nullish(),
		response_format: z.object({type: z.literal('text', unsupported('"text"'))}).nullish(),
	})
	.refine(({stream, stream_options: options}) => stream || !options, {
		path: ['stream_options'],
		error: 'expected none without "stream": true, received some',
	});

export type ChatBody = z.output<typeof chatBody>;

/**
 * What a request asks for: an edit where its one message holds code and update, else the model's answer.
 * @throws {InvalidRequestError} names the field, what was expected and what came
 */
export function toAnswerRequest(body: ChatBody): AnswerRequest {
	const prediction = body.prediction?.content;
	const messages = body.messages.map(toMessage);
	const maxOutputTokens = body.max_completion_tokens ?? body.max_tokens ?? 0;
	const edit = prediction === undefined ? updateIn(messages) : undefined;
	if (edit) {
		return checkEditRequest({...edit, options: {maxOutputTokens}});
	}

	return checkCompletionRequest({
		messages,
		prediction: prediction === undefined ? undefined : textOf(prediction),
		stop: [body.stop ?? []].flat(),
		maxOutputTokens,
		maxDraftTokens: 0,
		speculation: true,
	});
}

function updateIn(messages: readonly ChatMessage[]): ReturnType<typeof parseUpdateMessage> {
	const [message, ...others] = messages.filter(({role}) => role !== 'system');
	return message?.role === 'user' && others.length === 0 ? parseUpdateMessage(message.content) : undefined;
}

function toMessage({role, content}: ChatBody['messages'][number]): ChatMessage {
	return {role: role === 'developer' ? 'system' : role, content: textOf(content ?? '')};
}

function textOf(content: z.output<typeof part>[] | string): string {
	return typeof content === 'string' ? content : content.map(({text}) => text).join('');
}
