import {randomUUID} from 'node:crypto';
import {ClientLimits} from '../access/client-limits.ts';
import type {Client} from '../access/client-tokens.ts';
import {UnavailableError} from '../errors/errors.ts';
import type {Reservation} from '../speculation/room.ts';
import type {EditObservation, EditObserver} from '../telemetry/edit-observer.ts';
import {inScope, type TraceHeaders} from '../telemetry/edit-scope.ts';
import {silentObserver} from '../telemetry/observers.ts';
import {type AnswerRequest, readRequest} from './answer-request.ts';
import {chargeClient} from './charge-client.ts';
import type {EditBackend, EditEvent} from './edit.ts';
import {EditQueue} from './edit-queue.ts';
import type {ReadRequest} from './kv-tokens.ts';
import {tellDelivered} from './tell-delivered.ts';
import {watchEdit} from './watch-edit.ts';

/** Where edits get their model from. */
export interface BackendSource {
	/** Undefined while there is none that is ready. */
	current(): EditBackend | undefined;
	/** Why there is none, in words for the caller. */
	reason(): string;
	/** Edits that all backends together can hold just now. */
	capacity(): number;
}

/** How many edits are let in. */
export interface AdmissionLimits {
	/** Edits open at a time, at most. */
	readonly maxOpenEdits: number;
	/** Edits that may wait for a place. */
	readonly maxQueuedEdits: number;
}

/** Who asks for an edit. */
export interface Caller {
	/** Whose limits hold for it; undefined where callers are not told apart. */
	readonly client?: Client | undefined;
	/** Where the call comes from; tells callers apart that have no name. */
	readonly peer?: string | undefined;
	/** The trace that it belongs to; empty where the caller names none. */
	readonly traceHeaders: TraceHeaders;
}

interface AdmittedEdit {
	readonly id: string;
	readonly signal: AbortSignal;
	readonly observation: EditObservation;
}

const unknownCaller: Caller = {traceHeaders: {}};

/**
 * Lets edits in, whatever protocol they came by: so many at a time, each with an id and an entry in the log. The
 * others wait, and are told their place.
 */
export class Admission {
	readonly #backends: BackendSource;
	readonly #observer: EditObserver;
	readonly #queue: EditQueue;
	readonly #limits = new ClientLimits();

	constructor(
		backends: BackendSource,
		{maxOpenEdits, maxQueuedEdits}: AdmissionLimits,
		observer: EditObserver = silentObserver,
	) {
		this.#backends = backends;
		this.#observer = observer;
		this.#queue = new EditQueue(() => Math.min(maxOpenEdits, backends.capacity()), maxQueuedEdits);
	}

	get openEdits(): number {
		return this.#queue.numOpen;
	}

	/** To be called when there may be room for more edits than before. */
	admitWaiting(): void {
		this.#queue.admit();
	}

	/**
	 * Runs an edit on the backend that is ready. Its place is free again when the iteration ends, however it does.
	 * @throws {UnavailableError} no backend is ready
	 * @throws {QueueFullError} all places are taken, those to wait too
	 * @throws {ClientLimitError} the caller uses all that it may
	 */
	async *run(
		request: AnswerRequest,
		signal: AbortSignal,
		{client, peer = '', traceHeaders}: Caller = unknownCaller,
	): AsyncGenerator<EditEvent, void> {
		const editId = randomUUID();
		const observation = this.#observer.began({editId, traceHeaders});
		const {traceId} = observation;
		const scope = {editId, traceId, traceHeaders: () => observation.traceHeaders()};
		const admitted = this.#admit(request, client?.name ?? peer, {id: editId, signal, observation});
		const events = client ? chargeClient(this.#limits, client, admitted) : admitted;
		yield* inScope(scope, watchEdit(events, observation, signal));
	}

	async *#admit(request: AnswerRequest, client: string, edit: AdmittedEdit): AsyncGenerator<EditEvent, void> {
		const backend = this.#backend();
		const {signal, observation} = edit;
		let answer: ReadRequest['run'] | undefined;
		let place: Reservation | undefined;
		const read = async () => {
			const {kvTokens, run} = await readRequest(request, backend, signal);
			answer = run;
			return () => {
				place ??= reserve(backend, kvTokens);
				return place !== undefined;
			};
		};
		try {
			yield* queued(this.#queue.enter(client, signal, read), observation);
			yield* this.#run(answer!, {...edit, place: place!});
		} finally {
			place?.release();
		}
	}

	async *#run(
		answer: ReadRequest['run'],
		{place, ...edit}: AdmittedEdit & {place: Reservation},
	): AsyncGenerator<EditEvent, void> {
		try {
			edit.observation.admitted();
			yield* tellDelivered(answer({...edit, backend: {...this.#backend(), verifier: place}}));
		} finally {
			place.release();
			this.#queue.leave();
		}
	}

	#backend(): EditBackend {
		const backend = this.#backends.current();
		if (!backend) {
			throw new UnavailableError(this.#backends.reason());
		}

		return backend;
	}
}

async function* queued(
	places: AsyncIterable<number>,
	observation: EditObservation,
): AsyncGenerator<EditEvent, void> {
	let isTold = false;
	for await (const place of places) {
		if (!isTold) {
			isTold = true;
			observation.queued();
		}

		yield {kind: 'queued', place};
	}
}

function reserve({room, verifier}: EditBackend, kvTokens: number): Reservation | undefined {
	return room ? room.reserve(kvTokens) : {open: () => verifier.open(), release() {}};
}
