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

interface Waiting {
	readonly client: string;
	place: number;
	notify: (isAdmitted: boolean) => void;
}

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

	/** @param capacity edits that may be open just now; asked again at every change */
	constructor(capacity: () => number, maxWaiting: number) {
		this.#capacity = capacity;
		this.#maxWaiting = maxWaiting;
	}

	get numOpen(): number {
		return this.#numOpen;
	}

	get numWaiting(): number {
		return this.#numWaiting;
	}

	/**
	 * Takes a place to run; yields the place in the queue, and each change of it, while there is none. Whoever has run
	 * it to its end calls `leave`; whoever breaks it off waits no more.
	 * @throws {QueueFullError} all places to wait are taken
	 * @throws the signal's reason, if it aborts
	 */
	async *enter(client: string, signal: AbortSignal): AsyncGenerator<number, void> {
		if (this.#numWaiting === 0 && this.#numOpen < this.#capacity()) {
			this.#numOpen += 1;
			return;
		}

		if (this.#numWaiting >= this.#maxWaiting) {
			throw new QueueFullError(this.#capacity(), this.#maxWaiting);
		}

		yield* this.#wait(this.#add(client), signal);
	}

	/** An edit that was let in has ended. */
	leave(): void {
		this.#numOpen -= 1;
		this.admit();
	}

	/** Lets waiting edits in, as many as there is room for; to be called when the capacity has grown. */
	admit(): void {
		while (this.#numWaiting > 0 && this.#numOpen < this.#capacity()) {
			const [client, waiting] = this.#clients.entries().next().value!;
			const next = waiting.shift()!;
			// Behind the other clients, whose turn comes first.
			this.#clients.delete(client);
			if (waiting.length > 0) {
				this.#clients.set(client, waiting);
			}

			this.#numWaiting -= 1;
			this.#numOpen += 1;
			next.notify(true);
		}

		this.#renumber();
	}

	async *#wait(waiting: Waiting, signal: AbortSignal): AsyncGenerator<number, void> {
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
		const waiting: Waiting = {client, place: 0, notify: () => {}};
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
		this.#renumber();
	}

	/** Gives each waiting edit its place, in the order in which they will be let in. */
	#renumber(): void {
		const clients = [...this.#clients.values()];
		const longest = Math.max(0, ...clients.map(({length}) => length));
		let place = 0;
		for (let turn = 0; turn < longest; turn++) {
			for (const waiting of clients.flatMap(edits => edits[turn] ?? [])) {
				place += 1;
				if (waiting.place !== place) {
					waiting.place = place;
					waiting.notify(false);
				}
			}
		}
	}
}
