import {type EventEmitter, once} from 'node:events';
import {Transform, type TransformCallback} from 'node:stream';
import {setTimeout as delay} from 'node:timers/promises';
import {type Frame, FrameReader} from './http2-frames.ts';

/** What a network does to the bytes of one direction. */
export interface Faults {
	/** Wait before each piece, and up to as much again at random. */
	readonly latencyMs?: number;
	readonly bytesPerSecond?: number;
	/** Pieces are cut into so many bytes. */
	readonly sliceBytes?: number;
	/** Bytes wait until the network is set otherwise. */
	readonly isHeld?: boolean;
	/** Bytes are taken and never delivered, nor is the end of the connection, which is reset if bytes come later. */
	readonly isBlackHole?: boolean;
	/** The connection is reset after so many bytes, counted from the moment when the network became so. */
	readonly resetAfterBytes?: number;
	/** The end of the connection arrives so much later; Infinity: not before the network is set otherwise. */
	readonly closeDelayMs?: number;
}

export interface FaultyNetworkOptions {
	/** What the network is like now. */
	readonly faults: () => Faults;
	/** Emits `change` whenever that becomes another. */
	readonly changes: EventEmitter;
	/** Numbers in [0, 1). */
	readonly random: () => number;
	/** Resets the connection that this is a direction of. */
	readonly reset: () => void;
	/** Told of each HTTP/2 frame before any of its last piece is delivered. */
	readonly onFrame: (frame: Frame) => void;
}

/** One direction of one connection. */
export class FaultyNetwork extends Transform {
	readonly #options: FaultyNetworkOptions;
	readonly #arrived = new FrameReader();
	readonly #delivered = new FrameReader();
	#injected: Buffer | undefined;
	#counted: Faults | undefined;
	#numBytes = 0;
	#hasLostBytes = false;

	constructor(options: FaultyNetworkOptions) {
		super();
		this.#options = options;
	}

	/** Puts a frame between those that are delivered. */
	inject(frame: Buffer): void {
		this.#injected = frame;
		this.#deliver(Buffer.alloc(0));
	}

	override _transform(piece: Buffer, _encoding: string, done: TransformCallback): void {
		for (const frame of this.#arrived.push(piece)) {
			this.#options.onFrame(frame);
		}

		this.#carry(piece).then(() => done(), done);
	}

	override _flush(done: TransformCallback): void {
		this.#untilClosed().then(() => done(), done);
	}

	async #carry(piece: Buffer): Promise<void> {
		for (let start = 0; start < piece.length; ) {
			await this.#while(({isHeld}) => isHeld === true);
			const faults = this.#options.faults();
			const slice = piece.subarray(start, start + (faults.sliceBytes ?? piece.length));
			start += slice.length;
			if (this.#count(slice, faults) > (faults.resetAfterBytes ?? Infinity)) {
				this.#options.reset();
				return;
			}

			await this.#wait(slice, faults);
			this.#hasLostBytes ||= faults.isBlackHole === true;
			if (!this.#hasLostBytes) {
				this.#deliver(slice);
			} else if (!faults.isBlackHole) {
				this.#options.reset();
				return;
			}
		}
	}

	#count(slice: Buffer, faults: Faults): number {
		this.#numBytes = slice.length + (faults === this.#counted ? this.#numBytes : 0);
		this.#counted = faults;
		return this.#numBytes;
	}

	async #wait(slice: Buffer, {latencyMs = 0, bytesPerSecond = Infinity}: Faults): Promise<void> {
		const waitMs = latencyMs * (1 + this.#options.random()) + (1000 * slice.length) / bytesPerSecond;
		if (waitMs > 0) {
			await delay(waitMs);
		}
	}

	#deliver(slice: Buffer): void {
		const {missingBytes} = this.#delivered;
		const isNext = this.#injected !== undefined && missingBytes <= slice.length;
		const end = isNext ? missingBytes : slice.length;
		this.#push(slice.subarray(0, end));
		// A header that was cut has told no length: there may be more of its frame to come.
		if (this.#injected !== undefined && this.#delivered.missingBytes === 0) {
			this.push(this.#injected);
			this.#injected = undefined;
		}

		if (end < slice.length) {
			this.#deliver(slice.subarray(end));
		}
	}

	#push(bytes: Buffer): void {
		if (bytes.length > 0) {
			this.#delivered.push(bytes);
			this.push(bytes);
		}
	}

	async #untilClosed(): Promise<void> {
		const {closeDelayMs = 0} = this.#options.faults();
		await this.#while(faults => faults.isBlackHole === true || faults.closeDelayMs === Infinity);
		if (closeDelayMs > 0 && closeDelayMs < Infinity) {
			await delay(closeDelayMs, undefined, {ref: false});
		}
	}

	async #while(isSo: (faults: Faults) => boolean): Promise<void> {
		while (isSo(this.#options.faults())) {
			await once(this.#options.changes, 'change');
		}
	}
}
