import {setTimeout as delay} from 'node:timers/promises';
import type {OnProgress} from './machine/setup-error.ts';
import type {TritonPorts} from './process/ports.ts';
import type {EmbeddedTriton} from './running-triton.ts';

/** `down`: it has ended for good, by `stop` or because it died too often. */
export type SupervisorState = 'starting' | 'ready' | 'down';

/** What a supervisor of Triton needs. */
export interface TritonSupervisorOptions {
	/** Starts one Triton, on the given ports where they are still free. */
	readonly start: (ports: TritonPorts | undefined, signal: AbortSignal) => Promise<EmbeddedTriton>;
	/** The Hugging Face directory of the model that is served; its tokenizer is needed on this side too. */
	readonly modelDirectory: string;
	readonly onProgress: OnProgress;
	/** Waits before the restarts of one streak, in milliseconds; their number bounds the restarts. */
	readonly backOffMs?: readonly number[];
	/** A Triton that ran this long ends the streak. @default 600_000 */
	readonly stableMs?: number;
}

const defaultBackOffMs = [500, 2_000, 5_000, 15_000, 60_000];
const defaultStableMs = 600_000;

/** Keeps one Triton running: starts it, starts it again when it dies, and gives up when that keeps happening. */
export class TritonSupervisor {
	readonly #options: Required<TritonSupervisorOptions>;
	readonly #stopping = new AbortController();
	readonly #listeners = new Set<(state: SupervisorState) => void>();
	#state: SupervisorState = 'starting';
	#reason = 'Triton is starting';
	#triton: EmbeddedTriton | undefined;
	#ports: TritonPorts | undefined;
	#finished: Promise<void> = Promise.resolve();

	private constructor(options: TritonSupervisorOptions) {
		this.#options = {backOffMs: defaultBackOffMs, stableMs: defaultStableMs, ...options};
	}

	/**
	 * Starts Triton and resolves when its models are ready. A failure of this first start is not retried.
	 * @throws {TritonStartError} it ended or was not ready in time
	 * @throws the signal's reason, if it aborts before the models are ready; later it has no effect
	 */
	static async start(options: TritonSupervisorOptions, signal?: AbortSignal): Promise<TritonSupervisor> {
		const supervisor = new TritonSupervisor(options);
		const signals = [supervisor.#stopping.signal, ...(signal ? [signal] : [])];
		const triton = await options.start(undefined, AbortSignal.any(signals));
		supervisor.#becomeReady(triton);
		supervisor.#finished = supervisor.#keepRunning(triton);
		return supervisor;
	}

	get modelDirectory(): string {
		return this.#options.modelDirectory;
	}

	get state(): SupervisorState {
		return this.#state;
	}

	/**
	 * Where Triton's gRPC is, as `host:port`; undefined while there is none. A restart keeps it unless another
	 * program took the port.
	 */
	address(): string | undefined {
		return this.#state === 'ready' ? this.#triton?.grpcAddress : undefined;
	}

	/** Why there is no address. */
	reason(): string {
		return this.#reason;
	}

	/** Where Triton's metrics are, as `host:port`: Prometheus' text format under `/metrics`. */
	metricsAddress(): string | undefined {
		return this.#state === 'ready' ? this.#triton?.metricsAddress : undefined;
	}

	/** Log of the Triton that runs, or ran last. */
	logFile(): string | undefined {
		return this.#triton?.logFile;
	}

	/** Calls `listener` on each change of state. Returns a function that ends that. */
	onState(listener: (state: SupervisorState) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Ends Triton; safe to call twice. Everything is gone when it resolves. */
	async stop(): Promise<void> {
		this.#reason = 'Triton was stopped';
		this.#stopping.abort(new Error(this.#reason));
		await this.#triton?.stop();
		await this.#finished;
	}

	#setState(state: SupervisorState): void {
		if (state === this.#state) {
			return;
		}
		this.#state = state;
		for (const listener of this.#listeners) {
			listener(state);
		}
	}

	#becomeReady(triton: EmbeddedTriton): void {
		this.#triton = triton;
		this.#ports = triton.ports;
		this.#setState('ready');
	}

	async #keepRunning(first: EmbeddedTriton): Promise<void> {
		let triton: EmbeddedTriton | undefined = first;
		let numRestarts = 0;
		while (triton) {
			const startMs = performance.now();
			const {reason, tail} = await triton.exited;
			if (this.#stopping.signal.aborted) {
				break;
			}
			this.#reason = `${reason}; it is started again`;
			this.#setState('starting');
			this.#options.onProgress([`${reason}; last lines of ${triton.logFile}:`, ...tail].join('\n    '));
			if (performance.now() - startMs > this.#options.stableMs) {
				numRestarts = 0;
			}
			[triton, numRestarts] = await this.#restart(numRestarts);
		}

		this.#setState('down');
	}

	/** Tries until Triton is ready again, the waits are used up, or the supervisor is stopped. */
	async #restart(numRestarts: number): Promise<[EmbeddedTriton | undefined, number]> {
		const {backOffMs, onProgress, start} = this.#options;
		const {signal} = this.#stopping;
		for (let index = numRestarts; index < backOffMs.length; index++) {
			try {
				await delay(backOffMs[index]!, undefined, {signal});
				const triton = await start(this.#ports, signal);
				// Stopped in the very moment of becoming ready: nobody else knows of this one.
				if (signal.aborted) {
					await triton.stop();
				} else {
					this.#becomeReady(triton);
				}
				return [triton, index + 1];
			} catch (error) {
				if (signal.aborted) {
					return [undefined, index];
				}
				onProgress(error instanceof Error ? error.message : String(error));
			}
		}

		this.#reason = `Triton died again after ${backOffMs.length} restarts and is not started any more`;
		onProgress(this.#reason);
		return [undefined, backOffMs.length];
	}
}
