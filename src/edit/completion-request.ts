import {InvalidRequestError} from './invalid-request-error.ts';

export interface ChatMessage {
	readonly role: 'system' | 'user' | 'assistant';
	readonly content: string;
}

/** Messages that the model answers as they stand, with every rule checked. */
export interface CompletionRequest {
	readonly messages: readonly ChatMessage[];
	/** What the answer is expected to be, mostly the file to be edited: the draft. Never part of the prompt. */
	readonly prediction: string | undefined;
	/** Texts before the first of which the answer ends. */
	readonly stop: readonly string[];
	/** 0: as many as the model's context has room for. */
	readonly maxOutputTokens: number;
	/** 0: as the service is set. */
	readonly maxDraftTokens: number;
	readonly speculation: boolean;
}

/** The answer's last characters are held back while they may be the start of a stop string. */
const maxStopCharacters = 256;

/** @throws {InvalidRequestError} names the field, what was expected and what came */
export function checkCompletionRequest(request: CompletionRequest): CompletionRequest {
	if (request.messages.length === 0) {
		throw new InvalidRequestError('messages', 'one or more', 'none');
	}

	for (const text of request.stop) {
		if (text === '' || text.length > maxStopCharacters) {
			throw new InvalidRequestError(
				'stop',
				`strings of 1 to ${maxStopCharacters} characters`,
				`one of ${text.length}`,
			);
		}
	}

	return request;
}
