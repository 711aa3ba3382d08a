import {z} from 'zod';
import {checkEditRequest, type EditRequest} from '../edit/edit-request.ts';
import type {OpenAnswer} from './call.ts';

const limit = z.int().min(0);

/** An `ApplyEditRequest` as JSON. */
export const editBody = z.object({
	original: z.string(),
	instruction: z.string().default(''),
	update: z.string().nullable().default(null),
	language: z.string().nullable().default(null),
	path: z.string().nullable().default(null),
	options: z
		.object({
			maxOutputTokens: limit.default(0),
			maxDraftTokens: limit.default(0),
			speculation: z.boolean().default(true),
			includeDiff: z.boolean().default(false),
		})
		.nullable()
		.default(null),
});

/** @throws {InvalidRequestError} names the field, what was expected and what came */
export function toEditRequest(body: z.output<typeof editBody>): EditRequest {
	return checkEditRequest(body);
}

/** The events of an edit with all that a viewer shows: where each text came from, and what each pass did. */
export async function* toEditMessages({started, events}: OpenAnswer): AsyncGenerator<unknown, void> {
	const {editId, model, promptTokens} = started;
	yield {kind: 'started', editId, model, promptTokens};
	for await (const event of events) {
		if (event.kind === 'summary') {
			yield event;
		} else {
			const {kind, text, spans, tokens, draftTokens, acceptedTokens, operations} = event;
			const diff = operations && {operations};
			yield {kind, text, spans, numTokens: tokens.length, draftTokens, acceptedTokens, ...diff};
		}
	}
}
