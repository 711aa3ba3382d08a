import {once} from 'node:events';
import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net';
import {Transform, type TransformCallback} from 'node:stream';
import {setTimeout as delay} from 'node:timers/promises';

/** What a network does to the bytes of both directions, or of one. */
export interface Faults {
	/** Wait before each piece, and up to as much again at random. */
	readonly latencyMs?: number;
	readonly bytesPerSecond?: number;
	/** Pieces are cut into so many bytes. */
	readonly sliceBytes?: number;
	/** Bytes are taken and never delivered. */
	readonly isBlackHole?: boolean;
	/** The connection is reset after so many bytes. */
	readonly resetAfterBytes?: number;
}

type Direction = 'up' | 'down';

/** A TCP proxy on loopback whose network can be made bad while connections are open. */
export class FaultyProxy {
	readonly #target: string;
	readonly #server: Server;
	readonly #connections = new Set<Socket>();
	readonly #faults: Record<Direction, Faults> = {up: {}, down: {}};
	#isRefusing = false;

	private constructor(target: string) {
		this.#target = target;
		this.#server = createServer(socket => this.#accept(socket));
	}

	/** @param target `host:port` */
	static async start(target: string): Promise<FaultyProxy> {
		const proxy = new FaultyProxy(target);
		await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
		return proxy;
	}

	get address(): string {
		return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	/** Sets what happens from now on, to open connections too; `{}` is a good network. */
	degrade(faults: Faults, directions: readonly Direction[] = ['up', 'down']): void {
		for (const direction of directions) {
			this.#faults[direction] = faults;
		}
	}

	/** Answers new connections with a reset, until `heal`. */
	refuse(): void {
		this.#isRefusing = true;
		this.reset();
	}

	/** Resets every open connection. */
	reset(): void {
		for (const socket of this.#connections) {
			socket.resetAndDestroy();
		}
	}

	heal(): void {
		this.#isRefusing = false;
		this.degrade({});
	}

	async stop(): Promise<void> {
		const closed = once(this.#server, 'close');
		this.#server.close();
		this.reset();
		await closed;
	}

	#accept(socket: Socket): void {
		if (this.#isRefusing) {
			socket.resetAndDestroy();
			return;
		}

		const [host, port] = this.#target.split(':');
		const target = connect({host: host!, port: Number(port)});
		for (const [one, other] of [
			[socket, target],
			[target, socket],
		] as const) {
			this.#connections.add(one);
			one.on('error', () => other.destroy());
			one.once('close', () => {
				this.#connections.delete(one);
				other.destroy();
			});
		}

		socket.pipe(this.#network('up')).pipe(target);
		target.pipe(this.#network('down')).pipe(socket);
	}

	#network(direction: Direction): Transform {
		let numBytes = 0;
		const deliver = async (network: Transform, piece: Buffer): Promise<void> => {
			const {sliceBytes = piece.length} = this.#faults[direction];
			for (let start = 0; start < piece.length; start += sliceBytes) {
				const {
					latencyMs = 0,
					bytesPerSecond = Infinity,
					isBlackHole,
					resetAfterBytes = Infinity,
				} = this.#faults[direction];
				const slice = piece.subarray(start, start + sliceBytes);
				numBytes += slice.length;
				if (isBlackHole) {
					continue;
				}

				if (numBytes > resetAfterBytes) {
					this.reset();
					return;
				}

				const waitMs = latencyMs * (1 + Math.random()) + (1000 * slice.length) / bytesPerSecond;
				if (waitMs > 0) {
					await delay(waitMs);
				}

				network.push(slice);
			}
		};
		return new Transform({
			transform(piece: Buffer, _encoding, done: TransformCallback) {
				deliver(this, piece).then(() => done(), done);
			},
		});
	}
}
