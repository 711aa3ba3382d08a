import type {RedraftClient} from '../grpc/client.ts';
import {type EditedFile, type EditOptions, editFile, type FileProgress} from './edit-file.ts';

/** What became of one file. */
export type Outcome =
	| {readonly path: string; readonly edited: EditedFile}
	| {readonly path: string; readonly error: unknown};

/**
 * Edits files, some at a time; a failure costs its own file only.
 * @returns one outcome per path, in their order
 */
export async function editFiles(
	client: RedraftClient,
	paths: readonly string[],
	options: EditOptions & {readonly numJobs: number; readonly progressOf: (path: string) => FileProgress},
): Promise<readonly Outcome[]> {
	const outcomes: Outcome[] = [];
	// Shared by all workers: each takes the next file.
	const queue = paths.entries();
	const work = async () => {
		for (const [index, path] of queue) {
			outcomes[index] = await attempt(client, path, options);
		}
	};
	await Promise.all(Array.from({length: options.numJobs}, work));
	return outcomes;
}

async function attempt(
	client: RedraftClient,
	path: string,
	options: EditOptions & {readonly progressOf: (path: string) => FileProgress},
): Promise<Outcome> {
	const {signal, progressOf} = options;
	try {
		signal.throwIfAborted();
		return {path, edited: await editFile(client, path, options, progressOf(path))};
	} catch (error) {
		return {path, error: signal.aborted ? signal.reason : error};
	}
}
