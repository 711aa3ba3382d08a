import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net';

/** Listens where the pods of a release would, and passes connections on to where they run here. */
abstract class Forwarder {
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();
	#port = 0;

	constructor() {
		this.#server = createServer(socket => this.#accept(socket));
	}

	/** That it listens at, or did. */
	get port(): number {
		return this.#port;
	}

	protected async listen(port: number, host: string): Promise<void> {
		await once(this.#server.listen(port, host), 'listening');
		this.#port = (this.#server.address() as AddressInfo).port;
	}

	close(): void {
		this.#server.close();
		for (const socket of this.#sockets) {
			socket.destroy();
		}
	}

	/** `host:port` of the next connection; undefined: it is refused. */
	protected abstract next(): string | undefined;

	#accept(socket: Socket): void {
		const target = this.next();
		if (target === undefined) {
			socket.resetAndDestroy();
			return;
		}

		const [host, port] = target.split(':');
		const other = connect({host: host!, port: Number(port)});
		for (const [from, to] of [
			[socket, other],
			[other, socket],
		] as const) {
			this.#sockets.add(from);
			from.setNoDelay(true);
			from.on('error', () => to.destroy());
			from.once('close', () => this.#sockets.delete(from));
			from.pipe(to);
		}
	}
}

/** A Service with an address of its own: each connection goes to the next of the pods that are ready. */
export class Service extends Forwarder {
	/** `host:port` of the ready pods. */
	readonly endpoints = new Set<string>();

	#numCallers = 1;

	/** @returns one that listens on loopback */
	static async start(): Promise<Service> {
		const service = new Service();
		await service.listen(0, '0.0.0.0');
		return service;
	}

	/** Where a caller finds it; channels of one process to the same address would share a connection. */
	addressForCaller(): string {
		this.#numCallers += 1;
		return `127.1.${this.#numCallers >> 8}.${this.#numCallers & 255}:${this.port}`;
	}

	protected next(): string | undefined {
		const [first] = this.endpoints;
		if (first !== undefined) {
			this.endpoints.delete(first);
			this.endpoints.add(first);
		}

		return first;
	}
}

/** An address that a pod has for its life; pods of one kind have the same port. */
export class PodAddress extends Forwarder {
	readonly #target: string;

	private constructor(
		readonly host: string,
		target: string,
	) {
		super();
		this.#target = target;
	}

	/**
	 * @param host on loopback
	 * @param port 0: a free one
	 * @param target `host:port` where the pod runs here
	 */
	static async assign(host: string, port: number, target: string): Promise<PodAddress> {
		const address = new PodAddress(host, target);
		await address.listen(port, host);
		return address;
	}

	protected next(): string {
		return this.#target;
	}
}

/** A headless Service: a name that resolves to the addresses of the ready pods, by own-names.ts. */
export class HeadlessService {
	readonly #file: string;
	readonly #hosts = new Set<string>();

	/** @param file that own-names.ts reads */
	constructor(file: string) {
		this.#file = file;
		this.#write();
	}

	add(host: string): void {
		this.#hosts.add(host);
		this.#write();
	}

	remove(host: string): void {
		this.#hosts.delete(host);
		this.#write();
	}

	#write(): void {
		writeFileSync(this.#file, [...this.#hosts].join('\n'));
	}
}
