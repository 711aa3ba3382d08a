import {readEdit} from './apply-edit.ts';
import {readCompletion} from './completion.ts';
import type {CompletionRequest} from './completion-request.ts';
import type {EditBackend} from './edit.ts';
import type {EditRequest} from './edit-request.ts';
import type {ReadRequest} from './kv-tokens.ts';

/** What can be asked of the model, whatever the protocol. */
export type AnswerRequest = EditRequest | CompletionRequest;

/**
 * Makes the prompt of a request.
 * @throws {InvalidRequestError} it does not fit the model
 */
export function readRequest(
	request: AnswerRequest,
	backend: EditBackend,
	signal: AbortSignal,
): Promise<ReadRequest> {
	return 'messages' in request
		? readCompletion(request, backend, signal)
		: readEdit(request, backend, signal);
}
