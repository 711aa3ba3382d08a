import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';

/** What a job does; told to stop by the signal. */
export type Work<Result> = (signal: AbortSignal) => Promise<Result>;

export type JobState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

export interface JobQueueOptions {
	/** Jobs that run at the same time. */
	readonly concurrency: number;
	/** Jobs that may wait; more are refused. */
	readonly maxWaiting: number;
	/** How often a job that failed is tried again. */
	readonly maxRetries: number;
	/** Wait before the first retry; each further one waits twice as long. */
	readonly retryDelayMs: number;
}

export interface JobSummary {
	readonly id: string;
	readonly name: string;
	readonly state: JobState;
	readonly attempts: number;
	readonly waitedMs: number;
	readonly ranMs: number;
}

interface Job {
	readonly id: string;
	readonly name: string;
	readonly work: Work<unknown>;
	readonly controller: AbortController;
	readonly addedMs: number;
	startedMs: number | undefined;
	endedMs: number | undefined;
	state: JobState;
	attempts: number;
	resolve: (value: unknown) => void;
	reject: (error: Error) => void;
}

/** No more jobs may wait. */
export class QueueFullError extends Error {
	override readonly name = 'QueueFullError';

	constructor(maxWaiting: number) {
		super(`jobs: expected at most ${maxWaiting} waiting, got one more`);
	}
}

/** A job was cancelled before it ended. */
export class JobCancelledError extends Error {
	override readonly name = 'JobCancelledError';

	constructor(readonly jobName: string) {
		super(`job ${jobName}: cancelled`);
	}
}

/** Runs jobs in the order in which they came, some of them at the same time. */
export class JobQueue {
	readonly #options: JobQueueOptions;
	readonly #waiting: Job[] = [];
	readonly #running = new Set<Job>();
	readonly #ended: Job[] = [];
	#isStopped = false;

	constructor(options: JobQueueOptions) {
		if (options.concurrency < 1) {
			throw new RangeError(`concurrency: expected at least 1, got ${options.concurrency}`);
		}

		this.#options = options;
	}

	get numWaiting(): number {
		return this.#waiting.length;
	}

	get numRunning(): number {
		return this.#running.size;
	}

	/** Adds a job; the promise settles with its result. */
	add<Result>(name: string, work: Work<Result>): Promise<Result> {
		if (this.#isStopped) {
			return Promise.reject(new JobCancelledError(name));
		}

		if (this.#waiting.length >= this.#options.maxWaiting) {
			return Promise.reject(new QueueFullError(this.#options.maxWaiting));
		}

		return new Promise<Result>((resolve, reject) => {
			this.#waiting.push({
				id: randomUUID(),
				name,
				work,
				controller: new AbortController(),
				addedMs: Date.now(),
				startedMs: undefined,
				endedMs: undefined,
				state: 'waiting',
				attempts: 0,
				resolve: value => resolve(value as Result),
				reject,
			});
			this.#startWaiting();
		});
	}

	/** Cancels a job; returns whether there was one to cancel. */
	cancel(id: string): boolean {
		const index = this.#waiting.findIndex(job => job.id === id);
		if (index >= 0) {
			const [job] = this.#waiting.splice(index, 1);
			this.#end(job!, 'cancelled');
			job!.reject(new JobCancelledError(job!.name));
			return true;
		}

		const running = [...this.#running].find(job => job.id === id);
		running?.controller.abort(new JobCancelledError(running.name));
		return running !== undefined;
	}

	/** Cancels what waits and resolves when what runs has ended. */
	async stop(): Promise<void> {
		this.#isStopped = true;
		for (const {id} of [...this.#waiting]) {
			this.cancel(id);
		}

		while (this.#running.size > 0) {
			await delay(10);
		}
	}

	summaries(): JobSummary[] {
		return [...this.#ended, ...this.#running, ...this.#waiting].map(job => ({
			id: job.id,
			name: job.name,
			state: job.state,
			attempts: job.attempts,
			waitedMs: (job.startedMs ?? Date.now()) - job.addedMs,
			ranMs: job.startedMs === undefined ? 0 : (job.endedMs ?? Date.now()) - job.startedMs,
		}));
	}

	#startWaiting(): void {
		while (this.#running.size < this.#options.concurrency && this.#waiting.length > 0) {
			const job = this.#waiting.shift()!;
			this.#running.add(job);
			void this.#run(job);
		}
	}

	async #run(job: Job): Promise<void> {
		job.state = 'running';
		job.startedMs = Date.now();
		try {
			job.resolve(await this.#attempt(job));
			this.#end(job, 'done');
		} catch (error) {
			this.#end(job, job.controller.signal.aborted ? 'cancelled' : 'failed');
			job.reject(error as Error);
		} finally {
			this.#running.delete(job);
			this.#startWaiting();
		}
	}

	async #attempt(job: Job): Promise<unknown> {
		const {maxRetries, retryDelayMs} = this.#options;
		for (;;) {
			job.attempts += 1;
			try {
				return await job.work(job.controller.signal);
			} catch (error) {
				if (job.controller.signal.aborted || job.attempts > maxRetries) {
					throw error;
				}

				await delay(retryDelayMs * 2 ** (job.attempts - 1));
			}
		}
	}

	#end(job: Job, state: JobState): void {
		job.state = state;
		job.endedMs = Date.now();
		this.#ended.push(job);
	}
}
