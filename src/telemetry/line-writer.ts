import {write, writeSync} from 'node:fs';

const retryMs = 10;

/**
 * Writes lines to a file descriptor in the background, in order. A reader that is slow, gone, or a disk that is
 * full costs lines, never the process or its event loop: at most `maxWaitingBytes` wait, and a write that fails
 * drops its lines. The next ones are tried again, so that a disk with room again has a log again.
 */
export class LineWriter {
	readonly #fd: number;
	readonly #maxWaitingBytes: number;
	#lines: string[] = [];
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
				setTimeout(() => this.#send(chunk), retryMs).unref();
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

	/** What is being written at this moment is finished by the operating system. */
	#writeRest(): void {
		try {
			writeSync(this.#fd, this.#take());
		} catch {
			// There is no place left to tell it.
		}
	}
}
