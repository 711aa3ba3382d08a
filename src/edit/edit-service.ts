import {randomUUID} from 'node:crypto';
import {TooManyEditsError, VerifierUnavailableError} from '../errors/errors.ts';
import {type ApplyEditRequest, validateEditRequest} from '../grpc/apply-edit-request.ts';
import {toResponse} from '../grpc/apply-edit-response.ts';
import {log} from '../telemetry/log.ts';
import {applyEdit, type EditBackend} from './edit.ts';

/** Where the service gets its model from; undefined while there is none that is ready. */
export interface BackendSource {
	current(): EditBackend | undefined;
	/** Why there is none, in words for the caller. */
	reason(): string;
}

/** The ApplyEdit call, apart from its transport. */
export class EditService {
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

	/** Messages of the response stream, in order. Throws what `toStatus` maps. */
	async *applyEdit(message: ApplyEditRequest, signal: AbortSignal): AsyncGenerator<object, void> {
		const request = validateEditRequest(message);
		const backend = this.#backends.current();
		if (!backend) {
			throw new VerifierUnavailableError(this.#backends.reason());
		}

		if (this.#openEdits >= this.#maxOpenEdits) {
			throw new TooManyEditsError(this.#maxOpenEdits);
		}

		const edit = {id: randomUUID(), model: backend.model.name};
		this.#openEdits += 1;
		try {
			for await (const event of applyEdit(request, backend, signal)) {
				if (event.kind === 'summary') {
					log('info', 'edit finished', {...edit, finishReason: event.finishReason, ...event.figures});
				}

				const response = toResponse(event, request, edit);
				if (response) {
					yield response;
				}
			}
		} finally {
			this.#openEdits -= 1;
			if (signal.aborted) {
				log('info', 'edit finished', {...edit, finishReason: 'cancelled'});
			}
		}
	}
}
