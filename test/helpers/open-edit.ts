import type {ApplyEditRequest, EditResult, RedraftClient} from '../../src/grpc/client.ts';

/** What of an answer has to be the same in every run. */
export type Answer = Pick<EditResult, 'text' | 'tokenIds'>;

/** An edit under way. */
export interface OpenEdit {
	/** Rejects as the call does. */
	readonly answer: Promise<Answer>;
	cancel(): void;
}

export async function answerOf(client: RedraftClient, request: ApplyEditRequest): Promise<Answer> {
	const {text, tokenIds} = await client.edit(request);
	return {text, tokenIds};
}

/**
 * Resolves when the edit has come to its first delta.
 * @param deadline of the caller
 */
export async function openEdit(
	client: RedraftClient,
	request: ApplyEditRequest,
	deadline: {timeoutMs?: number} = {},
): Promise<OpenEdit> {
	const stop = new AbortController();
	return new Promise((resolve, reject) => {
		const onDelta = () => resolve({answer, cancel: () => stop.abort()});
		const answer = client
			.edit(request, {...deadline, signal: stop.signal, onDelta})
			.then(({text, tokenIds}) => ({text, tokenIds}));
		answer.catch(reject);
	});
}
