import {readFile} from 'node:fs/promises';
import {log} from '../telemetry/log.ts';

/** Makes a value of the contents of all files, in their order. Its errors say what was expected, never a content. */
export type Parse<Value> = (contents: readonly Buffer[]) => Value;

/**
 * A value that is made of files and made anew when they change. They are read together, again and again: a
 * mounted secret is swapped as a folder, which watching its files would miss. New contents count once they were read
 * twice the same, since a file that is being rewritten in place can be read half written or empty. Contents that
 * cannot be read or parsed are told to the log, and the last good value stays.
 */
export class ReloadedFiles<Value> {
	readonly #paths: readonly string[];
	readonly #parse: Parse<Value>;
	readonly #listeners = new Set<(value: Value) => void>();
	readonly #timer: NodeJS.Timeout;
	#contents: readonly Buffer[];
	#lastRead: readonly Buffer[];
	#current: Value;
	#isReading = false;
	#problem = '';

	private constructor(
		paths: readonly string[],
		parse: Parse<Value>,
		intervalMs: number,
		contents: readonly Buffer[],
	) {
		this.#paths = paths;
		this.#parse = parse;
		this.#contents = contents;
		this.#lastRead = contents;
		this.#current = parse(contents);
		this.#timer = setInterval(() => void this.#reload(), intervalMs).unref();
	}

	/** @throws {Error} a file cannot be read, or the contents cannot be parsed */
	static async open<Value>(
		paths: readonly string[],
		parse: Parse<Value>,
		intervalMs: number,
	): Promise<ReloadedFiles<Value>> {
		return new ReloadedFiles(paths, parse, intervalMs, await readAll(paths));
	}

	get current(): Value {
		return this.#current;
	}

	/** @returns stops telling the listener */
	onChange(listener: (value: Value) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	close(): void {
		clearInterval(this.#timer);
		this.#listeners.clear();
	}

	async #reload(): Promise<void> {
		if (this.#isReading) {
			return;
		}

		this.#isReading = true;
		try {
			const contents = await readAll(this.#paths);
			const isSettled = areEqual(contents, this.#lastRead);
			this.#lastRead = contents;
			if (isSettled && !areEqual(contents, this.#contents)) {
				this.#replace(contents);
			}

			this.#problem = '';
		} catch (error) {
			this.#report((error as Error).message);
		} finally {
			this.#isReading = false;
		}
	}

	#replace(contents: readonly Buffer[]): void {
		this.#current = this.#parse(contents);
		this.#contents = contents;
		log('info', 'files reloaded', {files: this.#paths});
		for (const listener of this.#listeners) {
			listener(this.#current);
		}
	}

	/** Once per problem: the next try is near. */
	#report(problem: string): void {
		if (problem !== this.#problem) {
			this.#problem = problem;
			log('error', 'files not reloaded, the last good ones stay', {files: this.#paths, problem});
		}
	}
}

async function readAll(paths: readonly string[]): Promise<Buffer[]> {
	return Promise.all(paths.map(path => readFile(path)));
}

function areEqual(left: readonly Buffer[], right: readonly Buffer[]): boolean {
	return left.every((content, index) => content.equals(right[index]!));
}
