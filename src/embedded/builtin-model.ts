import {join} from 'node:path';
import {repositoryRoot} from './machine/paths.ts';
import type {OnProgress} from './machine/setup-error.ts';
import {withLock} from './process/lock.ts';
import {runCommand} from './process/run-command.ts';

/** Which built-in model is converted, and how. */
export interface BuiltinModelOptions {
	/** Its name in the catalog. */
	readonly model: string;
	/** The environment's interpreter. */
	readonly python: string;
	/** Root of the cache; see `defaultCacheDirectory`. */
	readonly cacheDirectory: string;
	readonly onProgress: OnProgress;
	readonly signal?: AbortSignal | undefined;
}

/** Holds the Python package that converts it. */
const engineRoot = join(repositoryRoot, 'triton-models/verifier/1');

/** The Hugging Face directory of a built-in model, whether it is there yet or not. */
export const builtinModelDirectory = (cacheDirectory: string, model: string): string =>
	join(cacheDirectory, 'models', model);

/**
 * Downloads a built-in model and converts it to a Hugging Face directory, or finds it there, and returns that directory.
 * @throws {SetupError} with the last lines of the converter's output
 */
export async function ensureBuiltinModel(options: BuiltinModelOptions): Promise<string> {
	const {model, python, cacheDirectory, onProgress, signal} = options;
	const directory = builtinModelDirectory(cacheDirectory, model);
	const lock = {
		python,
		file: join(cacheDirectory, 'models.lock'),
		onWait: () => onProgress('Waiting for another process that converts the model…'),
		signal,
	};
	return withLock(lock, async () => {
		const converter = ['-m', 'engine.builtin_model', '--model', model, '--output', directory];
		const command = [python, ...converter];
		const env = {PYTHONPATH: engineRoot};
		await runCommand({python, command, env, what: 'the model conversion', onLine: onProgress, signal});
		return directory;
	});
}
