import {write, writeSync} from 'node:fs';
import {performance} from 'node:perf_hooks';

const retryMs = 10;
/** How long the end of the process waits for a reader that is slow. */
const maxExitMs = 1000;

/**
 * Writes lines to a file descriptor in the background, in order. A reader that is slow, gone, or a disk that is
 * full costs lines, never the process or its event loop: at most `maxWaitingBytes` wait, and a write that fails
 * drops its lines. The next ones are tried again, so that a disk with room again has a log again.
 */
export class LineWriter {
	readonly #fd: number;
	readonly #maxWaitingBytes: number;
	#lines: string[] = [];
	/** What is to be tried again, since the reader was not ready for it. */
	#refused: Buffer = Buffer.alloc(0);
	#waitingBytes = 0;
	#isWriting = false;

	constructor(fd: number, maxWaitingBytes: number) {
		this.#fd = fd;
		this.#maxWaitingBytes = maxWaitingBytes;
		process.once('exit', () => this.#writeRest());
	}

	write(line: string): void {
		const bytes = Buffer.byteLength(line);
		if (this.#waitingBytes + bytes > this.#maxWaitingBytes) {
			return;
		}

		this.#lines.push(line);
		this.#waitingBytes += bytes;
		if (!this.#isWriting) {
			this.#isWriting = true;
			this.#send(this.#take());
		}
	}

	#take(): Buffer {
		const chunk = Buffer.from(this.#lines.join(''));
		this.#lines = [];
		return chunk;
	}

	#send(chunk: Buffer): void {
		write(this.#fd, chunk, (error, numWritten) => {
			if (error?.code === 'EAGAIN') {
				this.#refused = chunk;
				setTimeout(() => this.#sendAgain(), retryMs).unref();
				return;
			}

			const numDone = error ? chunk.length : numWritten;
			this.#waitingBytes -= numDone;
			const rest = numDone < chunk.length ? chunk.subarray(numDone) : this.#take();
			this.#isWriting = rest.length > 0;
			if (this.#isWriting) {
				this.#send(rest);
			}
		});
	}

	#sendAgain(): void {
		const chunk = this.#refused;
		this.#refused = Buffer.alloc(0);
		this.#send(chunk);
	}

	/** What is being written at this moment is finished by the operating system. */
	#writeRest(): void {
		const endMs = performance.now() + maxExitMs;
		let rest = Buffer.concat([this.#refused, this.#take()]);
		while (rest.length > 0 && performance.now() < endMs) {
			rest = rest.subarray(this.#writeNow(rest));
		}
	}

	/** @returns bytes done with */
	#writeNow(chunk: Buffer): number {
		try {
			return writeSync(this.#fd, chunk);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
				return chunk.length;
			}

			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
			return 0;
		}
	}
}
