import {readdirSync, rmSync} from 'node:fs';
import {readdir, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {isSameProcess, killAll, type ProcessIdentity, processesMentioning} from './process-table.ts';

/** What the launcher writes about an instance while it runs. */
interface InstanceRecord {
	/** The Node process that started it. */
	readonly owner: ProcessIdentity;
	readonly shmPrefix: string;
}

/**
 * Ends Tritons of earlier runs that are still there although the process that started them is gone. Instances
 * whose owner lives are left alone, and so is a process that merely has the pid of an old one.
 * @returns number of processes that were killed
 */
export async function endLeftovers(cacheDirectory: string): Promise<number> {
	const directory = join(cacheDirectory, 'run');
	let numKilled = 0;
	for (const name of await readdir(directory).catch(() => [])) {
		const path = join(directory, name);
		const record = name.endsWith('.json') ? await readRecord(path) : undefined;
		if (!record || isSameProcess(record.owner)) {
			continue;
		}
		numKilled += endInstance(record.shmPrefix);
		await rm(path, {force: true});
	}

	return numKilled;
}

/** Kills every process of one instance and removes its shared memory. Returns the number of processes. */
export function endInstance(shmPrefix: string): number {
	// The prefix is random and stands in each command line, so no other process can be hit.
	const pids = processesMentioning(shmPrefix);
	killAll(pids);
	removeSharedMemory(shmPrefix);
	return pids.length;
}

function removeSharedMemory(prefix: string): void {
	for (const name of readdirSync('/dev/shm').filter(name => name.startsWith(prefix))) {
		rmSync(join('/dev/shm', name), {force: true});
	}
}

async function readRecord(path: string): Promise<InstanceRecord | undefined> {
	try {
		const record = JSON.parse(await readFile(path, 'utf8')) as Partial<InstanceRecord>;
		const isWhole = typeof record.owner?.pid === 'number' && record.shmPrefix?.startsWith('redraft_');
		return isWhole ? (record as InstanceRecord) : undefined;
	} catch {
		return undefined;
	}
}
