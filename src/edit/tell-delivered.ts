import {RedraftError, UnavailableError} from '../errors/errors.ts';
import type {EditEvent} from './edit.ts';

/** An edit that is broken off for want of a model tells how much of its text was delivered by then. */
export async function* tellDelivered(events: AsyncIterable<EditEvent>): AsyncGenerator<EditEvent, void> {
	let numCharacters: number | undefined;
	try {
		for await (const event of events) {
			numCharacters = (numCharacters ?? 0) + (event.kind === 'delta' ? charactersIn(event.text) : 0);
			yield event;
		}
	} catch (error) {
		if (error instanceof RedraftError && error.kind === 'unavailable' && numCharacters !== undefined) {
			throw new UnavailableError(`${error.message}; ${numCharacters} characters were delivered`, {
				cause: error,
			});
		}

		throw error;
	}
}

/** Code points: what a caller in any language counts alike. */
function charactersIn(text: string): number {
	let count = 0;
	for (const _ of text) {
		count += 1;
	}

	return count;
}
