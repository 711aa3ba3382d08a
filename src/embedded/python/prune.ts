import {readdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {processesMentioning} from '../process/process-table.ts';

const unusedMs = 30 * 24 * 60 * 60 * 1000;

/**
 * Removes what runs of other versions left in the cache: entries of `directory` whose name matches and that were
 * not touched for 30 days and are not in use. Younger ones stay, because two clones may take turns.
 */
export async function removeUnused(directory: string, name: RegExp): Promise<void> {
	for (const entry of await readdir(directory)) {
		const path = join(directory, entry);
		if (!name.test(entry) || Date.now() - (await stat(path)).mtimeMs < unusedMs) {
			continue;
		}
		// A service may run for longer than that without a restart.
		if (processesMentioning(path).length > 0) {
			continue;
		}
		await rm(path, {recursive: true, force: true});
	}
}
