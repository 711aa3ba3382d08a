import {getHeapStatistics} from 'node:v8';
import {RedraftError} from '../errors/errors.ts';

/** Of the heap: an edit needs several times its texts once it is open. */
const share = 1 / 8;

/** The texts of the requests that are open and waiting leave no room for another. */
export class RequestMemoryError extends RedraftError {
	override readonly name = 'RequestMemoryError';
	readonly kind = 'resource_exhausted';
	override readonly retryAfterMs = 1000;

	constructor(maxCharacters: number, numCharacters: number) {
		super(
			`edits: expected at most ${maxCharacters} characters of text at a time, open and waiting, got ${numCharacters} more; try again later`,
		);
	}
}

/**
 * Bounds the texts that are held at a time, so that many large requests are refused before the process runs out of
 * memory. One request is always taken.
 */
export class RequestMemory {
	readonly #maxCharacters: number;
	#numCharacters = 0;

	/** @param maxCharacters of all requests together, in UTF-16 units; by the limit of the heap where left out */
	constructor(maxCharacters = Math.floor(share * getHeapStatistics().heap_size_limit)) {
		this.#maxCharacters = maxCharacters;
	}

	/**
	 * Counts a request until its events end.
	 * @throws {RequestMemoryError} there is no room for it
	 */
	async *hold<Event>(request: object, events: AsyncIterable<Event>): AsyncGenerator<Event, void> {
		const numCharacters = charactersOf(request);
		if (this.#numCharacters > 0 && this.#numCharacters + numCharacters > this.#maxCharacters) {
			throw new RequestMemoryError(this.#maxCharacters, numCharacters);
		}

		this.#numCharacters += numCharacters;
		try {
			yield* events;
		} finally {
			this.#numCharacters -= numCharacters;
		}
	}
}

/** Length of all texts in a value, in UTF-16 units. */
function charactersOf(value: unknown): number {
	if (typeof value === 'string') {
		return value.length;
	}

	return typeof value === 'object' && value !== null
		? Object.values(value).reduce<number>((sum, field) => sum + charactersOf(field), 0)
		: 0;
}
