import {setTimeout as delay} from 'node:timers/promises';
import type {ChannelCredentials} from '@grpc/grpc-js';
import {TritonClient} from './triton-client.ts';

/** Where a Triton is to be found; the embedded one moves when it is restarted. */
export interface TritonLocation {
	/** `host:port`; undefined while there is none. */
	address(): string | undefined;
	/** Why there is none. */
	reason(): string;
}

/** What a watch watches, and what it makes once that is ready. */
export interface ModelWatchOptions<Value> {
	readonly location: TritonLocation;
	readonly modelName: string;
	readonly intervalMs: number;
	readonly maxMessageBytes: number;
	/** Undefined: plaintext. */
	readonly credentials?: ChannelCredentials | undefined;
	/** Called once for each Triton whose model is ready; a rejection counts as not ready and is tried again. */
	readonly create: (client: TritonClient, signal: AbortSignal) => Promise<Value>;
	/** Told when the model becomes ready, and why it is not: at the first check and whenever the reason changes. */
	readonly onChange: (isReady: boolean, reason: string) => void;
}

const readyTimeoutMs = 5000;

/** Asks again and again whether a model on Triton is ready, and holds what was made for it while it is. */
export class ModelWatch<Value> {
	readonly #options: ModelWatchOptions<Value>;
	readonly #stop = new AbortController();
	#address: string | undefined;
	#client: TritonClient | undefined;
	#value: Value | undefined;
	#isReady = false;
	#reason = 'the model is still starting';
	#loop: Promise<void> = Promise.resolve();

	constructor(options: ModelWatchOptions<Value>) {
		this.#options = options;
	}

	/** Undefined while the model is not ready. */
	current(): Value | undefined {
		return this.#isReady ? this.#value : undefined;
	}

	/** Why there is nothing, in words for the caller; empty while the model is ready. */
	reason(): string {
		return this.#reason;
	}

	/** Checks once, then goes on in the background until `stop`. */
	async start(): Promise<void> {
		await this.#check();
		this.#loop = this.#watch();
	}

	async stop(): Promise<void> {
		this.#stop.abort();
		await this.#loop;
		this.#client?.close();
	}

	async #watch(): Promise<void> {
		const {signal} = this.#stop;
		while (!signal.aborted) {
			await delay(this.#options.intervalMs, undefined, {signal, ref: false}).catch(() => {});
			if (!signal.aborted) {
				await this.#check();
			}
		}
	}

	async #check(): Promise<void> {
		try {
			await this.#connect();
			this.#set(true, '');
		} catch (error) {
			this.#set(false, (error as Error).message);
		}
	}

	async #connect(): Promise<void> {
		const {location, modelName, maxMessageBytes, credentials, create} = this.#options;
		const address = location.address();
		if (address === undefined) {
			throw new Error(location.reason());
		}

		if (address !== this.#address) {
			this.#client?.close();
			this.#client = new TritonClient(address, maxMessageBytes, credentials);
			this.#address = address;
			this.#value = undefined;
		}

		const {signal} = this.#stop;
		const client = this.#client!;
		const limits = {timeoutMs: readyTimeoutMs, signal};
		if (!(await client.isModelReady(modelName, limits).catch(unreachable(address)))) {
			throw new Error(`the model ${modelName} at ${address} is not ready`);
		}

		this.#value ??= await create(client, signal);
	}

	#set(isReady: boolean, reason: string): void {
		const hasChanged = isReady !== this.#isReady || reason !== this.#reason;
		this.#isReady = isReady;
		this.#reason = reason;
		if (hasChanged) {
			this.#options.onChange(isReady, reason);
		}
	}
}

function unreachable(address: string): (error: Error) => never {
	return error => {
		throw new Error(`the model's server at ${address} cannot be reached: ${error.message}`, {cause: error});
	};
}
