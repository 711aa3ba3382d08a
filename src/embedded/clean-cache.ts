import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {sizeOf} from './machine/disk.ts';
import {endLeftovers} from './process/leftovers.ts';
import {processesMentioning} from './process/process-table.ts';
import {findPythonEnvironment} from './python/python-environment.ts';

/** What is removed. */
export interface CleanOptions {
	readonly cacheDirectory: string;
	/** Also what the next start would have to set up again: the Python environment, the built-in model. */
	readonly all: boolean;
	/** Say what would be removed, and remove nothing. */
	readonly dryRun: boolean;
}

/** One entry of the cache that was removed, or stays for a reason. */
export interface CleanedEntry {
	readonly path: string;
	readonly numBytes: number;
	/** Absent where it was removed. */
	readonly reason?: string;
}

/** What the service and its set-up make; anything else in the folder is not theirs to remove. */
const environments = /^venv-[0-9a-f]+$/;
const rest = /^(models|pass-times|run|(venv|models)\.lock)$/;

/**
 * Removes logs and environments of other versions, ends what killed runs left behind and, where asked to, removes
 * everything that was set up. What a running service uses stays.
 */
export async function cleanCache(options: CleanOptions): Promise<readonly CleanedEntry[]> {
	const {cacheDirectory, all, dryRun} = options;
	if (!dryRun) {
		await endLeftovers(cacheDirectory);
	}

	const current = await findPythonEnvironment({cacheDirectory}).catch(() => undefined);
	const isUnneeded = (name: string) =>
		name === 'logs' || (environments.test(name) && join(cacheDirectory, name) !== current?.directory);
	const isRemoved = (name: string) =>
		isUnneeded(name) || (all && (environments.test(name) || rest.test(name)));
	const names = (await readdir(cacheDirectory).catch(() => [] as string[])).filter(isRemoved).sort();
	const entries: CleanedEntry[] = [];
	for (const name of names) {
		entries.push(await clean(name, options));
	}

	return entries;
}

async function clean(name: string, {cacheDirectory, dryRun}: CleanOptions): Promise<CleanedEntry> {
	const path = join(cacheDirectory, name);
	const numBytes = await sizeOf(path);
	// Of all entries only environments stand in command lines; a service that runs needs the others as well.
	const used = environments.test(name) ? path : join(cacheDirectory, 'venv-');
	if (processesMentioning(used).length > 0) {
		return {path, numBytes, reason: 'a running process uses it'};
	}

	if (!dryRun) {
		await rm(path, {recursive: true, force: true, maxRetries: 5});
	}

	return {path, numBytes};
}
