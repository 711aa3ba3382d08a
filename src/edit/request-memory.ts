import {getHeapStatistics} from 'node:v8';
import {RedraftError} from '../errors/errors.ts';

/**
 * Of the heap's limit. A text takes two bytes a character as soon as one is beyond Latin-1, and there are up to four
 * copies of it until its prompt is made: the worst case takes half of the heap.
 */
const share = 1 / 16;

/** One that waits holds what the transport takes before anybody reads: 64 KiB. */
const maxWaiting = 1024;

/** The requests that are open and waiting leave no room for another. */
export class RequestMemoryError extends RedraftError {
	override readonly name = 'RequestMemoryError';
	readonly kind = 'resource_exhausted';
	override readonly retryAfterMs = 1000;

	constructor(maxBytes: number) {
		super(
			`requests: expected at most ${maxBytes} bytes open and waiting at a time, all of them are taken; try again later`,
		);
	}
}

/** To be called with the size of a request once it has been read. */
export type SettleRequest = (numBytes: number) => void;

interface Waiting {
	readonly numBytes: number;
	admit(): void;
	refuse(): void;
}

/**
 * Bounds the bytes of the requests that are held at a time, before anything of them is read: many large ones would
 * take all memory while they are decoded. One that finds no room beside others that are being read waits for them,
 * for most turn out small; where those that have been read leave none, it is refused.
 */
export class RequestMemory {
	readonly #maxBytes: number;
	/** Of those that are being read, as many as they may have. */
	#numBytes = 0;
	/** Of those that have been read. */
	#numReadBytes = 0;
	#waiting: Waiting[] = [];

	/** @param maxBytes of all requests together; by the limit of the heap where left out */
	constructor(maxBytes = Math.floor(share * getHeapStatistics().heap_size_limit)) {
		this.#maxBytes = maxBytes;
	}

	/**
	 * Resolves when the request may be read. A single one always may.
	 * @param mostBytes the size that it has at most
	 * @param ended aborts when nothing of the request is held any more
	 * @throws {RequestMemoryError} there is no room for it
	 * @throws the signal's reason, if it aborts before
	 */
	async hold(mostBytes: number, ended: AbortSignal): Promise<SettleRequest> {
		ended.throwIfAborted();
		const numBytes = Math.min(mostBytes, this.#maxBytes);
		if (this.#waiting.length === 0 && this.#fits(numBytes)) {
			this.#numBytes += numBytes;
		} else if (this.#waiting.length < maxWaiting && this.#mayFit(numBytes)) {
			await this.#wait(numBytes, ended);
		} else {
			throw new RequestMemoryError(this.#maxBytes);
		}

		return this.#settling(numBytes, ended);
	}

	/** @param numBytes that are taken already */
	#settling(numBytes: number, ended: AbortSignal): SettleRequest {
		let numReadBytes = 0;
		const change = (reserved: number, read: number) => {
			this.#numBytes += reserved - numBytes;
			this.#numReadBytes += read - numReadBytes;
			[numBytes, numReadBytes] = [reserved, read];
			this.#admit();
		};
		if (ended.aborted) {
			change(0, 0);
		}

		ended.addEventListener('abort', () => change(0, 0), {once: true});
		return read => {
			if (!ended.aborted) {
				change(0, read);
			}
		};
	}

	#wait(numBytes: number, ended: AbortSignal): Promise<void> {
		return new Promise((resolve, reject) => {
			const leave = () => {
				this.#waiting = this.#waiting.filter(one => one !== waiting);
				reject(ended.reason);
				this.#admit();
			};
			const leaveBy = (settle: () => void) => () => {
				ended.removeEventListener('abort', leave);
				settle();
			};
			const waiting = {
				numBytes,
				admit: leaveBy(resolve),
				refuse: leaveBy(() => reject(new RequestMemoryError(this.#maxBytes))),
			};
			ended.addEventListener('abort', leave);
			this.#waiting.push(waiting);
		});
	}

	/** Lets in who fits, in order, and refuses whom those that have been read leave no room. */
	#admit(): void {
		while (this.#waiting[0] && this.#fits(this.#waiting[0].numBytes)) {
			const first = this.#waiting.shift()!;
			this.#numBytes += first.numBytes;
			first.admit();
		}

		const hopeless = this.#waiting.filter(({numBytes}) => !this.#mayFit(numBytes));
		this.#waiting = this.#waiting.filter(({numBytes}) => this.#mayFit(numBytes));
		for (const {refuse} of hopeless) {
			refuse();
		}
	}

	#fits(numBytes: number): boolean {
		return this.#mayFit(this.#numBytes + numBytes);
	}

	/** Once all that are being read have ended, or are nothing. */
	#mayFit(numBytes: number): boolean {
		return this.#numReadBytes + numBytes <= this.#maxBytes;
	}
}
