import {EditFailure} from './edit-failure.ts';
import type {EditInput, EditMessage} from './edit-messages.ts';

export interface StreamOptions {
	readonly speculation: boolean;
	/** Empty: none. */
	readonly apiKey: string;
	readonly signal: AbortSignal;
}

/**
 * Messages of one edit as they come.
 * @throws {EditFailure} the edit was refused, or broke off
 */
export async function* streamEdit(
	{path, original, instruction, update}: EditInput,
	{speculation, apiKey, signal}: StreamOptions,
): AsyncGenerator<EditMessage, void> {
	const response = await fetch('v1/edits', {
		method: 'POST',
		headers: {
			'content-type': 'application/json',
			...(apiKey !== '' && {authorization: `Bearer ${apiKey}`}),
		},
		body: JSON.stringify({path, original, instruction, update, options: {speculation}}),
		signal,
	});
	if (!response.ok) {
		throw EditFailure.of(response.status, await response.json().catch(() => undefined));
	}

	let isComplete = false;
	for await (const data of readEvents(response.body!)) {
		const message = JSON.parse(data);
		if (message.error) {
			throw EditFailure.of(undefined, message);
		}

		isComplete = message.kind === 'summary';
		yield message as EditMessage;
	}

	if (!isComplete) {
		throw new EditFailure(undefined, 'truncated', 'the answer ended before its summary');
	}
}

/** The `data` of each server-sent event. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
	const reader = body
		.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
		.getReader();
	let rest = '';
	try {
		for (;;) {
			const {done, value} = await reader.read();
			if (done) {
				return;
			}

			const events = (rest + value).split('\n\n');
			rest = events.pop()!;
			for (const event of events) {
				if (event.startsWith('data: ')) {
					yield event.slice('data: '.length);
				}
			}
		}
	} finally {
		await reader.cancel().catch(() => {});
	}
}
