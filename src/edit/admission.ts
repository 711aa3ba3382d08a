import {randomUUID} from 'node:crypto';
import {ClientLimits} from '../access/client-limits.ts';
import type {Client} from '../access/client-tokens.ts';
import {RedraftError, UnavailableError} from '../errors/errors.ts';
import type {EditObservation, EditObserver} from '../telemetry/edit-observer.ts';
import {inScope, type TraceHeaders} from '../telemetry/edit-scope.ts';
import {silentObserver} from '../telemetry/observers.ts';
import {chargeClient} from './charge-client.ts';
import type {EditBackend, EditEvent} from './edit.ts';
import {type AnswerRequest, runRequest} from './run-request.ts';
import {watchEdit} from './watch-edit.ts';

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

/** Who asks for an edit. */
export interface Caller {
	/** Whose limits hold for it; undefined where callers are not told apart. */
	readonly client?: Client | undefined;
	/** The trace that it belongs to; empty where the caller names none. */
	readonly traceHeaders: TraceHeaders;
}

interface AdmittedEdit {
	readonly id: string;
	readonly signal: AbortSignal;
	readonly observation: EditObservation;
}

const unknownCaller: Caller = {traceHeaders: {}};

/** Lets edits in, whatever protocol they came by: so many at a time, each with an id and an entry in the log. */
export class Admission {
	readonly #backends: BackendSource;
	readonly #maxOpenEdits: number;
	readonly #observer: EditObserver;
	readonly #limits = new ClientLimits();
	#openEdits = 0;

	constructor(backends: BackendSource, maxOpenEdits: number, observer: EditObserver = silentObserver) {
		this.#backends = backends;
		this.#maxOpenEdits = maxOpenEdits;
		this.#observer = observer;
	}

	get openEdits(): number {
		return this.#openEdits;
	}

	/**
	 * Runs an edit on the backend that is ready. Its place is free again when the iteration ends, however it does.
	 * @throws {UnavailableError} no backend is ready
	 * @throws {TooManyEditsError} all places are taken
	 * @throws {ClientLimitError} the caller uses all that it may
	 */
	async *run(
		request: AnswerRequest,
		signal: AbortSignal,
		{client, traceHeaders}: Caller = unknownCaller,
	): AsyncGenerator<EditEvent, void> {
		const editId = randomUUID();
		const observation = this.#observer.began({editId, traceHeaders});
		const {traceId} = observation;
		const scope = {editId, traceId, traceHeaders: () => observation.traceHeaders()};
		const admitted = this.#admit(request, {id: editId, signal, observation});
		const events = client ? chargeClient(this.#limits, client, admitted) : admitted;
		yield* inScope(scope, watchEdit(events, observation, signal));
	}

	async *#admit(request: AnswerRequest, edit: AdmittedEdit): AsyncGenerator<EditEvent, void> {
		const backend = this.#backends.current();
		if (!backend) {
			throw new UnavailableError(this.#backends.reason());
		}

		if (this.#openEdits >= this.#maxOpenEdits) {
			throw new TooManyEditsError(this.#maxOpenEdits);
		}

		edit.observation.admitted();
		this.#openEdits += 1;
		try {
			yield* runRequest(request, {...edit, backend});
		} finally {
			this.#openEdits -= 1;
		}
	}
}
