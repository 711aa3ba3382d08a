import {applyEdit} from './apply-edit.ts';
import {complete} from './completion.ts';
import type {CompletionRequest} from './completion-request.ts';
import type {EditContext, EditEvent} from './edit.ts';
import type {EditRequest} from './edit-request.ts';

/** What can be asked of the model, whatever the protocol. */
export type AnswerRequest = EditRequest | CompletionRequest;

/** Events of one answer, from its start to its summary. */
export function runRequest(request: AnswerRequest, context: EditContext): AsyncGenerator<EditEvent, void> {
	return 'messages' in request ? complete(request, context) : applyEdit(request, context);
}
