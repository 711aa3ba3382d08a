import {z} from 'zod';
import {checkEditRequest, type EditRequest} from '../edit/edit-request.ts';
import {type OpenAnswer, wholeAnswer} from './call.ts';
import {type Usage, usageOf} from './usage.ts';

/** Relace's request for a merge. */
export const codeApplyBody = z.object({
	initialCode: z.string(),
	editSnippet: z.string(),
	instruction: z.string().nullish(),
	model: z.string().nullish(),
	stream: z.boolean().nullish(),
});

/** @throws {InvalidRequestError} names the field, what was expected and what came */
export function toEditRequest({
	initialCode,
	editSnippet,
	instruction,
}: z.output<typeof codeApplyBody>): EditRequest {
	return checkEditRequest({original: initialCode, update: editSnippet, instruction: instruction ?? ''});
}

type CodeUsage = Pick<Usage, 'prompt_tokens' | 'completion_tokens' | 'total_tokens'>;

function codeUsage(usage: Usage): CodeUsage {
	const {prompt_tokens, completion_tokens, total_tokens} = usage;
	return {prompt_tokens, completion_tokens, total_tokens};
}

/** The merged file. */
export async function toMergedCode(answer: OpenAnswer): Promise<{mergedCode: string; usage: CodeUsage}> {
	const {text, summary} = await wholeAnswer(answer);
	return {mergedCode: text, usage: codeUsage(usageOf(answer.started, summary))};
}

/** The merged file piece by piece: the `mergedCode` of all events, joined. The last one has the usage. */
export async function* toMergedPieces(answer: OpenAnswer): AsyncGenerator<unknown, void> {
	for await (const event of answer.events) {
		if (event.kind === 'summary') {
			yield {mergedCode: '', usage: codeUsage(usageOf(answer.started, event))};
		} else if (event.text !== '') {
			yield {mergedCode: event.text};
		}
	}

	yield '[DONE]';
}
