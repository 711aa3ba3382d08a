import {rm} from 'node:fs/promises';
import {type InstanceFiles, readTail} from './instance-files.ts';
import {endInstance} from './process/leftovers.ts';
import type {TritonPorts} from './process/ports.ts';
import {isRunning, killAll, processesMentioning} from './process/process-table.ts';
import {describeEnd, type ProcessEnd, type SupervisedProcess} from './process/supervised-process.ts';

/** How an embedded Triton ended. */
export interface TritonEnd extends ProcessEnd {
	/** Such as `Triton was ended by SIGKILL`. */
	readonly reason: string;
	/** Last 20 lines of the log. */
	readonly tail: readonly string[];
}

/** A running Triton whose models are ready. Addresses are `127.0.0.1:port`. */
export interface EmbeddedTriton {
	readonly grpcAddress: string;
	readonly httpAddress: string;
	readonly metricsAddress: string;
	readonly ports: TritonPorts;
	readonly logFile: string;
	/**
	 * Resolves when Triton or a model's process has ended, asked for or not; all of it is gone then.
	 * Never rejects.
	 */
	readonly exited: Promise<TritonEnd>;
	/** Ends the server and its models' processes. Safe to call twice. */
	stop(): Promise<void>;
}

const watchMs = 200;

/** The processes of one instance, from their start to their end. */
export class RunningTriton implements EmbeddedTriton {
	readonly exited: Promise<TritonEnd>;
	readonly #running: SupervisedProcess;
	readonly #files: InstanceFiles;
	#endReason: string | undefined;
	#watch: NodeJS.Timeout | undefined;

	constructor(
		running: SupervisedProcess,
		readonly ports: TritonPorts,
		files: InstanceFiles,
	) {
		this.#running = running;
		this.#files = files;
		this.exited = running.exited.then(end => this.#finish(end));
	}

	get grpcAddress(): string {
		return `127.0.0.1:${this.ports.grpc}`;
	}

	get httpAddress(): string {
		return `127.0.0.1:${this.ports.http}`;
	}

	get metricsAddress(): string {
		return `127.0.0.1:${this.ports.metrics}`;
	}

	get logFile(): string {
		return this.#files.logFile;
	}

	/**
	 * Ends everything when a model's process ends: this Triton neither restarts it nor notices, and goes on
	 * reporting the model ready. Nothing can be asked of it any more, so that it is killed at once.
	 */
	watchModelProcesses(): void {
		const pids = processesMentioning(this.#files.shmPrefix);
		this.#watch = setInterval(() => {
			const ended = pids.find(pid => !isRunning(pid));
			if (ended !== undefined) {
				this.#kill(`the model's process (pid ${ended}) has ended`);
			}
		}, watchMs).unref();
	}

	async stop(): Promise<void> {
		clearInterval(this.#watch);
		this.#endReason ??= 'Triton was stopped';
		await this.#running.stop();
		await this.exited;
	}

	#kill(reason: string): void {
		clearInterval(this.#watch);
		this.#endReason ??= reason;
		const launcher = this.#running.child.pid;
		// The launcher sees to the others of the group, and ends once their ports are free for the next start.
		killAll(processesMentioning(this.#files.shmPrefix).filter(pid => pid !== launcher));
	}

	async #finish(end: ProcessEnd): Promise<TritonEnd> {
		clearInterval(this.#watch);
		// The launcher does the same; this is for the case that the launcher itself was killed.
		endInstance(this.#files.shmPrefix);
		await rm(this.#files.recordFile, {force: true});
		await rm(this.#files.directory, {recursive: true, force: true, maxRetries: 5});
		const reason = this.#endReason ?? `Triton ${describeEnd(end)}`;
		return {...end, reason, tail: await readTail(this.#files.logFile)};
	}
}
