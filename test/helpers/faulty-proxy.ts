import {EventEmitter, once} from 'node:events';
import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net';
import {setImmediate as nextTurn} from 'node:timers/promises';
import {type Faults, FaultyNetwork} from './faulty-network.ts';
import {type Frame, goawayFrame} from './http2-frames.ts';
import {unreadBytes} from './unread-bytes.ts';

/** `up` is towards the target, `down` back to the client. */
export type Direction = 'up' | 'down';

interface Connection {
	readonly client: Socket;
	readonly target: Socket;
	readonly down: FaultyNetwork;
}

const enhanceYourCalm = 11;

/** A TCP proxy on loopback whose network can be made bad while connections are open. */
export class FaultyProxy {
	readonly #target: string;
	readonly #random: () => number;
	readonly #server: Server;
	readonly #connections = new Set<Connection>();
	readonly #faults: Record<Direction, Faults> = {up: {}, down: {}};
	readonly #changes = new EventEmitter().setMaxListeners(0);
	#isRefusing = false;

	/** Told of each HTTP/2 frame that arrives, before its last piece is passed on. */
	onFrame: (direction: Direction, frame: Frame) => void = () => {};

	private constructor(target: string, random: () => number) {
		this.#target = target;
		this.#random = random;
		this.#server = createServer(socket => this.#accept(socket));
	}

	/**
	 * @param target `host:port`
	 * @param random numbers in [0, 1), for what a network does at random
	 * @param listen where it listens; port 0 is a free one
	 */
	static async start(
		target: string,
		random: () => number = Math.random,
		listen: {host: string; port: number} = {host: '127.0.0.1', port: 0},
	): Promise<FaultyProxy> {
		const proxy = new FaultyProxy(target, random);
		await once(proxy.#server.listen(listen), 'listening');
		return proxy;
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	/** `host:port`. */
	get address(): string {
		return `${(this.#server.address() as AddressInfo).address}:${this.port}`;
	}

	/** Sets what happens from now on, to open connections too; `{}` is a good network. */
	degrade(faults: Faults, directions: readonly Direction[] = ['up', 'down']): void {
		for (const direction of directions) {
			this.#faults[direction] = faults;
		}

		this.#changes.emit('change');
	}

	/** Answers new connections with a reset, until `heal`. */
	refuse(): void {
		this.#isRefusing = true;
		this.reset();
	}

	/** Resets every open connection. */
	reset(): void {
		for (const connection of this.#connections) {
			resetBoth(connection);
		}
	}

	/** Resolves when the target has read all that has arrived for it and is not held. */
	async untilRead(): Promise<void> {
		do {
			// What has just arrived is passed on by then.
			await nextTurn();
		} while ([...this.#connections].some(({target}) => unreadBytes(target) > 0));
	}

	/** Ends one side of every open connection; the network decides when the other learns of it. */
	hangUp(side: 'client' | 'target'): void {
		for (const connection of this.#connections) {
			connection[side].destroy();
		}
	}

	/** Tells the client that the server takes no new streams, as at the end of a connection's age. */
	goAway(): void {
		for (const {down} of this.#connections) {
			down.inject(goawayFrame(0));
		}
	}

	/** Refuses the client's pings as a server that allows fewer of them does, which ends the connection. */
	complainOfPings(): void {
		for (const {down, target} of this.#connections) {
			down.inject(goawayFrame(enhanceYourCalm, 'too_many_pings'));
			target.destroy();
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

	#accept(client: Socket): void {
		if (this.#isRefusing) {
			client.resetAndDestroy();
			return;
		}

		const [host, port] = this.#target.split(':');
		const target = connect({host: host!, port: Number(port)});
		const reset = () => resetBoth({client, target});
		const down = this.#network('down', reset);
		const connection = {client, target, down};
		this.#connections.add(connection);
		join(client, this.#network('up', reset), target);
		join(target, down, client);
		let numOpen = 2;
		for (const socket of [client, target]) {
			socket.setNoDelay(true);
			socket.once('close', () => {
				numOpen -= 1;
				if (numOpen === 0) {
					this.#connections.delete(connection);
				}
			});
		}
	}

	#network(direction: Direction, reset: () => void): FaultyNetwork {
		return new FaultyNetwork({
			faults: () => this.#faults[direction],
			changes: this.#changes,
			random: this.#random,
			reset,
			onFrame: frame => this.onFrame(direction, frame),
		});
	}
}

function resetBoth({client, target}: Pick<Connection, 'client' | 'target'>): void {
	client.resetAndDestroy();
	target.resetAndDestroy();
}

/** However the source ends, its end goes through the network; the sink is gone once that has arrived. */
function join(source: Socket, network: FaultyNetwork, sink: Socket): void {
	source.on('error', () => {});
	source.pipe(network).pipe(sink);
	source.once('close', () => network.end());
	network.once('end', () => sink.destroySoon());
}
