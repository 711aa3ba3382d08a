/** One frame of an HTTP/2 connection (RFC 9113, section 4.1). */
export interface Frame {
	readonly type: number;
	readonly streamId: number;
	readonly payload: Buffer;
}

const headerBytes = 9;
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const goawayType = 7;

/** Follows the frames of one direction of a connection in plaintext. */
export class FrameReader {
	#rest: Buffer = Buffer.alloc(0);

	/** Bytes until the frame that has begun is complete; 0 between frames. Of a header that is cut, its own rest. */
	get missingBytes(): number {
		return this.#rest.length === 0 ? 0 : unitBytes(this.#rest) - this.#rest.length;
	}

	/** Takes the bytes that come next; returns the frames that they complete. */
	push(bytes: Buffer): Frame[] {
		const frames: Frame[] = [];
		this.#rest = Buffer.concat([this.#rest, bytes]);
		while (this.#rest.length >= headerBytes && this.#rest.length >= unitBytes(this.#rest)) {
			const end = unitBytes(this.#rest);
			if (!isPreface(this.#rest)) {
				frames.push(toFrame(this.#rest.subarray(0, end)));
			}

			this.#rest = this.#rest.subarray(end);
		}

		return frames;
	}
}

/** Length of what the bytes begin with: the client's preface, a frame, or a header that is not yet there. */
function unitBytes(bytes: Buffer): number {
	if (isPreface(bytes)) {
		return preface.length;
	}

	return bytes.length < headerBytes ? headerBytes : headerBytes + bytes.readUIntBE(0, 3);
}

const isPreface = (bytes: Buffer) => bytes.subarray(0, 3).equals(preface.subarray(0, 3));

function toFrame(bytes: Buffer): Frame {
	return {type: bytes[3]!, streamId: bytes.readUInt32BE(5), payload: bytes.subarray(headerBytes)};
}

/**
 * The frame by which a server says that it takes no new streams (RFC 9113, section 6.8).
 * @param errorCode 0 for a server that ends the connection in peace
 */
export function goawayFrame(errorCode: number, debugData = ''): Buffer {
	const header = Buffer.alloc(headerBytes + 8);
	header.writeUIntBE(8 + Buffer.byteLength(debugData), 0, 3);
	header[3] = goawayType;
	// The last stream that is still answered: all that are open.
	header.writeUInt32BE(0x7f_ff_ff_ff, headerBytes);
	header.writeUInt32BE(errorCode, headerBytes + 4);
	return Buffer.concat([header, Buffer.from(debugData)]);
}
