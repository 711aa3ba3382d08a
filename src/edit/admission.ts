import {randomUUID} from 'node:crypto';
import {RedraftError, UnavailableError} from '../errors/errors.ts';
import {log} from '../telemetry/log.ts';
import {applyEdit, type EditBackend, type EditEvent} from './edit.ts';
import type {EditRequest} from './edit-request.ts';

/** Where edits get their model from. */
export interface BackendSource {
	/** Undefined while there is none that is ready. */
	current(): EditBackend | undefined;
	/** Why there is none, in words for the caller. */
	reason(): string;
}

/** The service is at its limit of open edits. */
export class TooManyEditsError extends RedraftError {
	override readonly name = 'TooManyEditsError';
	readonly kind = 'resource_exhausted';

	constructor(maxOpenEdits: number) {
		super(`open edits: expected at most ${maxOpenEdits} at a time, all are in use; try again later`);
	}
}

/** Lets edits in, whatever protocol they came by: so many at a time, each with an id and an entry in the log. */
export class Admission {
	readonly #backends: BackendSource;
	readonly #maxOpenEdits: number;
	#openEdits = 0;

	constructor(backends: BackendSource, maxOpenEdits: number) {
		this.#backends = backends;
		this.#maxOpenEdits = maxOpenEdits;
	}

	get openEdits(): number {
		return this.#openEdits;
	}

	/**
	 * Runs an edit on the backend that is ready. Its place is free again when the iteration ends, however it does.
	 * @throws {UnavailableError} no backend is ready
	 * @throws {TooManyEditsError} all places are taken
	 */
	async *run(request: EditRequest, signal: AbortSignal): AsyncGenerator<EditEvent, void> {
		const backend = this.#backends.current();
		if (!backend) {
			throw new UnavailableError(this.#backends.reason());
		}

		if (this.#openEdits >= this.#maxOpenEdits) {
			throw new TooManyEditsError(this.#maxOpenEdits);
		}

		const id = randomUUID();
		this.#openEdits += 1;
		try {
			yield* logged(applyEdit(request, {id, backend, signal}), {id, model: backend.model.name}, signal);
		} finally {
			this.#openEdits -= 1;
		}
	}
}

/** Passes the events on and writes down how the edit ended. */
async function* logged(
	events: AsyncIterable<EditEvent>,
	edit: {readonly id: string; readonly model: string},
	signal: AbortSignal,
): AsyncGenerator<EditEvent, void> {
	try {
		for await (const event of events) {
			if (event.kind === 'summary') {
				log('info', 'edit finished', {...edit, finishReason: event.finishReason, ...event.figures});
			}

			yield event;
		}
	} finally {
		if (signal.aborted) {
			log('info', 'edit finished', {...edit, finishReason: 'cancelled'});
		}
	}
}
