import {join} from 'node:path';
import {repositoryRoot} from './machine/paths.ts';
import type {OnProgress} from './machine/setup-error.ts';
import {withLock} from './process/lock.ts';
import {runCommand} from './process/run-command.ts';

/** The model that the pip package carries. */
export const builtinModelName = 'smollm2-135m-instruct';

/** How the built-in model is converted. */
export interface BuiltinModelOptions {
	/** The environment's interpreter. */
	readonly python: string;
	/** Root of the cache; see `defaultCacheDirectory`. */
	readonly cacheDirectory: string;
	readonly onProgress: OnProgress;
	readonly signal?: AbortSignal | undefined;
}

const converter = join(repositoryRoot, 'triton-models/verifier/1/builtin_model.py');

/**
 * Converts the built-in model to a Hugging Face directory, or finds it converted, and returns that directory.
 * @throws {SetupError} with the last lines of the converter's output
 */
export async function ensureBuiltinModel(options: BuiltinModelOptions): Promise<string> {
	const {python, cacheDirectory, onProgress, signal} = options;
	const directory = join(cacheDirectory, 'models', builtinModelName);
	const lock = {
		python,
		file: join(cacheDirectory, 'models.lock'),
		onWait: () => onProgress('Waiting for another process that converts the model…'),
		signal,
	};
	return withLock(lock, async () => {
		const command = [python, converter, '--output', directory];
		await runCommand({python, command, what: 'the model conversion', onLine: onProgress, signal});
		return directory;
	});
}
