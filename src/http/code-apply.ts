import {z} from 'zod';
import {checkEditRequest, type EditRequest} from '../edit/edit-request.ts';
import {isComplete, type OpenAnswer, type SummaryEvent, wholeAnswer} from './call.ts';
import {HttpError} from './http-error.ts';
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

/**
 * The merged file.
 * @throws {HttpError} the answer was cut short: its form has no place to say so
 */
export async function toMergedCode(answer: OpenAnswer): Promise<{mergedCode: string; usage: CodeUsage}> {
	const {text, summary} = await wholeAnswer(answer);
	checkComplete(answer, summary);
	return {mergedCode: text, usage: codeUsage(usageOf(answer.started, summary))};
}

/** The merged file piece by piece: the `mergedCode` of all events, joined. The last one has the usage. */
export async function* toMergedPieces(answer: OpenAnswer): AsyncGenerator<unknown, void> {
	for await (const event of answer.events) {
		if (event.kind === 'summary') {
			checkComplete(answer, event);
			yield {mergedCode: '', usage: codeUsage(usageOf(answer.started, event))};
		} else if (event.text !== '') {
			yield {mergedCode: event.text};
		}
	}

	yield '[DONE]';
}

function checkComplete(answer: OpenAnswer, summary: SummaryEvent): void {
	if (!isComplete(answer, summary)) {
		const message = 'mergedCode: expected the whole file, got one that the model cut short';
		throw new HttpError(500, message, {type: 'server_error', code: 'incomplete'});
	}
}
