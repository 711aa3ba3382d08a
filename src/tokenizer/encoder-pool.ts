import {availableParallelism} from 'node:os';
import {Tinypool} from 'tinypool';
import {EditCancelledError} from '../errors/errors.ts';
import type {EncoderResult, EncoderTask} from './encoder-worker.ts';
import {type PromptEncoder, type PromptPiece, TooManyTokensError} from './prompt-encoder.ts';
import {UnencodableTextError} from './tokenizer-errors.ts';

const maxThreads = 2;

/**
 * Encodes in threads of its own, so that a long text holds up nobody else. Callers wait their turn in order; one that
 * no longer wants its text leaves the queue.
 */
export class EncoderPool implements PromptEncoder {
	readonly #directory: string;
	readonly #pool: Tinypool;
	readonly #numThreads = Math.max(1, Math.min(maxThreads, availableParallelism() - 1));
	#numRunning = 0;
	readonly #waiting: (() => void)[] = [];

	private constructor(directory: string) {
		this.#directory = directory;
		const file = import.meta.url.endsWith('.ts') ? 'encoder-worker.ts' : 'encoder-worker.js';
		this.#pool = new Tinypool({
			filename: new URL(file, import.meta.url).href,
			minThreads: this.#numThreads,
			maxThreads: this.#numThreads,
			execArgv: [...importFlags(unmeasured), ...(file.endsWith('.ts') ? importFlags(compiler()) : [])],
		});
		// A task whose thread ends fails by itself, and the next one gets another thread.
		this.#pool.on('error', () => {});
	}

	/**
	 * Resolves when the threads have read the tokenizer.
	 * @param directory of the model, as `Tokenizer.load` takes it
	 * @throws {TokenizerLoadError} as `Tokenizer.load` does, though without its class
	 */
	static async start(directory: string): Promise<EncoderPool> {
		const pool = new EncoderPool(directory);
		const {signal} = new AbortController();
		try {
			await Promise.all(Array.from({length: pool.#numThreads}, () => pool.encode([], 0, signal)));
			return pool;
		} catch (error) {
			await pool.close();
			throw error;
		}
	}

	async encode(
		pieces: readonly PromptPiece[],
		maxTokens: number,
		signal: AbortSignal,
	): Promise<readonly (readonly number[])[]> {
		await this.#turn(signal);
		const task: EncoderTask = {directory: this.#directory, pieces, maxTokens};
		const running = (this.#pool.run(task) as Promise<EncoderResult>).finally(() => this.#endTurn());
		const result = await untilAborted(running, signal);
		if ('tokens' in result) {
			return result.tokens.map(ids => Array.from(ids));
		}

		throw 'tooMany' in result
			? new TooManyTokensError(maxTokens)
			: new UnencodableTextError(result.unencodable);
	}

	/** Ends the threads; texts that are being encoded are lost. */
	async close(): Promise<void> {
		await this.#pool.destroy();
	}

	/** A running task can't be stopped without its thread, so it keeps its turn when nobody waits for it any more. */
	async #turn(signal: AbortSignal): Promise<void> {
		if (this.#numRunning < this.#numThreads) {
			this.#numRunning += 1;
			return;
		}

		const {promise, resolve} = deferred();
		this.#waiting.push(resolve);
		try {
			await untilAborted(promise, signal);
		} catch (error) {
			const index = this.#waiting.indexOf(resolve);
			if (index === -1) {
				this.#endTurn();
			} else {
				this.#waiting.splice(index, 1);
			}

			throw error;
		}
	}

	#endTurn(): void {
		const next = this.#waiting.shift();
		if (next) {
			next();
		} else {
			this.#numRunning -= 1;
		}
	}
}

function deferred(): {promise: Promise<void>; resolve: () => void} {
	let resolve = () => {};
	const promise = new Promise<void>(settle => {
		resolve = settle;
	});
	return {promise, resolve};
}

async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
	let abort = () => {};
	const aborted = new Promise<never>((_, reject) => {
		abort = () => reject(new EditCancelledError());
		signal.addEventListener('abort', abort, {once: true});
		if (signal.aborted) {
			abort();
		}
	});
	try {
		return await Promise.race([promise, aborted]);
	} finally {
		signal.removeEventListener('abort', abort);
	}
}

/**
 * The pool's threads measure their memory after each task; without a free file descriptor that fails, and would end
 * the thread.
 */
const unmeasured = 'process.memoryUsage = () => ({heapUsed: 0});';

/** Threads do not inherit the compiler that runs this from TypeScript. */
function compiler(): string {
	return `import {register} from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register();`;
}

function importFlags(script: string): string[] {
	return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
}
