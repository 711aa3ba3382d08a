import {setTimeout as delay} from 'node:timers/promises';
import type {EditBackend} from '../edit/edit.ts';
import type {BackendSource} from '../edit/edit-service.ts';
import {TritonClient} from './triton-client.ts';

/** Where a Triton is to be found; the embedded one moves when it is restarted. */
export interface TritonSource {
	/** `host:port`; undefined while there is none. */
	address(): string | undefined;
	/** Why there is none. */
	reason(): string;
}

export interface ModelWatchOptions {
	readonly source: TritonSource;
	readonly modelName: string;
	readonly intervalMs: number;
	readonly maxMessageBytes: number;
	/** Makes the backend once the model is ready. */
	readonly createBackend: (client: TritonClient, signal: AbortSignal) => Promise<EditBackend>;
	readonly onChange: (isReady: boolean, reason: string) => void;
}

/** Asks again and again whether the model is ready, and holds what edits need while it is. */
export class ModelWatch implements BackendSource {
	readonly #options: ModelWatchOptions;
	readonly #stop = new AbortController();
	#address: string | undefined;
	#client: TritonClient | undefined;
	#backend: EditBackend | undefined;
	#isReady = false;
	#reason = 'the model is still starting';
	#loop: Promise<void> = Promise.resolve();

	constructor(options: ModelWatchOptions) {
		this.#options = options;
	}

	current(): EditBackend | undefined {
		return this.#isReady ? this.#backend : undefined;
	}

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
		const {source, modelName, maxMessageBytes, createBackend} = this.#options;
		const address = source.address();
		if (address === undefined) {
			throw new Error(source.reason());
		}

		if (address !== this.#address) {
			this.#client?.close();
			this.#client = new TritonClient(address, maxMessageBytes);
			this.#address = address;
			this.#backend = undefined;
		}

		const {signal} = this.#stop;
		const client = this.#client!;
		if (!(await client.isModelReady(modelName, {timeoutMs: 5000, signal}).catch(unreachable(address)))) {
			throw new Error(`the model ${modelName} at ${address} is not ready`);
		}

		this.#backend ??= await createBackend(client, signal);
	}

	#set(isReady: boolean, reason: string): void {
		const hasChanged = isReady !== this.#isReady;
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
