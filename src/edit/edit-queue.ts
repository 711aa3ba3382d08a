import {RedraftError} from '../errors/errors.ts';

/** All places to wait are taken. */
export class QueueFullError extends RedraftError {
	override readonly name = 'QueueFullError';
	readonly kind = 'resource_exhausted';
	override readonly retryAfterMs = 1000;

	constructor(numOpen: number, maxWaiting: number) {
		super(
			`edits: expected at most ${numOpen} open and ${maxWaiting} waiting at a time, all places are taken; try again later`,
		);
	}
}

/** Takes all that an edit needs to run; false where there is no room for it now. */
export type TakeRoom = () => boolean;

interface Waiting {
	readonly client: string;
	place: number;
	/** Undefined until it is known what the edit needs. */
	takeRoom: TakeRoom | undefined;
	/** Edits behind it that were let in before it, for they needed less. */
	numOvertaken: number;
	notify: (isAdmitted: boolean) => void;
}

/**
 * An edit for which there is no room lets so many smaller ones pass; then nobody passes until it is in. The small ones
 * use what it can't use yet, for about as long as an edit or two take, and it waits at most until those that are open
 * have ended.
 */
const maxOvertaken = 8;

/**
 * Lets so many edits run at a time; the others wait, in bounded number. Places go round the clients in turn and,
 * within a client, to whoever came first: one that sends a thousand edits delays only its own.
 */
export class EditQueue {
	readonly #capacity: () => number;
	readonly #maxWaiting: number;
	/** Each client's waiting edits, in the order of their turns. */
	readonly #clients = new Map<string, Waiting[]>();
	#numOpen = 0;
	#numWaiting = 0;

	/** @param capacity edits that may be open just now, whatever they need; asked again at every change */
	constructor(capacity: () => number, maxWaiting: number) {
		this.#capacity = capacity;
		this.#maxWaiting = maxWaiting;
	}

	get numOpen(): number {
		return this.#numOpen;
	}

	/** Edits that are not let in yet, those included whose need is not known yet. */
	get numWaiting(): number {
		return this.#numWaiting;
	}

	/**
	 * Takes a place to run; yields the place in the queue, and each change of it, while there is none. Whoever has run
	 * it to its end calls `leave`; whoever breaks it off waits no more.
	 * @param read finds out what the edit needs; called once it has a place to wait
	 * @throws {QueueFullError} all places to wait are taken
	 * @throws the signal's reason, if it aborts, and whatever `read` throws
	 */
	async *enter(
		client: string,
		signal: AbortSignal,
		read: () => Promise<TakeRoom> = needsNothing,
	): AsyncGenerator<number, void> {
		// A place to run that is free is about to be taken by one of those that wait.
		if (this.#numWaiting >= this.#maxWaiting + Math.max(0, this.#capacity() - this.#numOpen)) {
			throw new QueueFullError(this.#capacity(), this.#maxWaiting);
		}

		yield* this.#wait(this.#add(client), signal, read);
	}

	/** An edit that was let in has ended. */
	leave(): void {
		this.#numOpen -= 1;
		this.admit();
	}

	/** Lets waiting edits in, as many as there is room for; to be called when there is more than before. */
	admit(): void {
		while (this.#numOpen < this.#capacity()) {
			const next = this.#next();
			if (!next) {
				break;
			}

			this.#letIn(next);
		}

		this.#renumber();
	}

	/** The first in turn that finds room, which is taken. */
	#next(): Waiting | undefined {
		const passed: Waiting[] = [];
		for (const waiting of this.#inTurn()) {
			if (waiting.takeRoom?.()) {
				for (const one of passed) {
					one.numOvertaken += 1;
				}

				return waiting;
			}

			if (waiting.numOvertaken >= maxOvertaken) {
				return undefined;
			}

			if (waiting.takeRoom) {
				passed.push(waiting);
			}
		}

		return undefined;
	}

	#letIn(waiting: Waiting): void {
		const others = this.#clients.get(waiting.client)!.filter(one => one !== waiting);
		// Behind the other clients, whose turn comes first.
		this.#clients.delete(waiting.client);
		if (others.length > 0) {
			this.#clients.set(waiting.client, others);
		}

		this.#numWaiting -= 1;
		this.#numOpen += 1;
		waiting.notify(true);
	}

	async *#wait(
		waiting: Waiting,
		signal: AbortSignal,
		read: () => Promise<TakeRoom>,
	): AsyncGenerator<number, void> {
		let isAdmitted = false;
		let isTaken = false;
		let wake = () => {};
		waiting.notify = admitted => {
			isAdmitted ||= admitted;
			wake();
		};
		const onAbort = () => wake();
		signal.addEventListener('abort', onAbort);
		try {
			waiting.takeRoom = await read();
			this.admit();
			while (!isAdmitted) {
				const changed = new Promise<void>(resolve => {
					wake = resolve;
				});
				signal.throwIfAborted();
				yield waiting.place;
				await changed;
			}

			isTaken = true;
		} finally {
			signal.removeEventListener('abort', onAbort);
			if (!isAdmitted) {
				this.#remove(waiting);
			} else if (!isTaken) {
				this.leave();
			}
		}
	}

	#add(client: string): Waiting {
		const waiting: Waiting = {client, place: 0, takeRoom: undefined, numOvertaken: 0, notify: () => {}};
		const others = this.#clients.get(client);
		if (others) {
			others.push(waiting);
		} else {
			this.#clients.set(client, [waiting]);
		}

		this.#numWaiting += 1;
		this.#renumber();
		return waiting;
	}

	#remove(waiting: Waiting): void {
		const others = this.#clients.get(waiting.client)!.filter(one => one !== waiting);
		if (others.length === 0) {
			this.#clients.delete(waiting.client);
		} else {
			this.#clients.set(waiting.client, others);
		}

		this.#numWaiting -= 1;
		this.admit();
	}

	/** Gives each waiting edit its place, in the order of their turns. */
	#renumber(): void {
		let place = 0;
		for (const waiting of this.#inTurn()) {
			place += 1;
			if (waiting.place !== place) {
				waiting.place = place;
				waiting.notify(false);
			}
		}
	}

	/** The first edit of each client, then the second of each, and so on. */
	*#inTurn(): Generator<Waiting, void> {
		const clients = [...this.#clients.values()];
		const longest = Math.max(0, ...clients.map(({length}) => length));
		for (let turn = 0; turn < longest; turn++) {
			yield* clients.flatMap(edits => edits[turn] ?? []);
		}
	}
}

async function needsNothing(): Promise<TakeRoom> {
	return () => true;
}
