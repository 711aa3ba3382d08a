import {readdirSync, rmSync} from 'node:fs';
import {readdir, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {
	isRunning,
	isSameProcess,
	killAll,
	type ProcessIdentity,
	processesMentioning,
} from './process-table.ts';

/** What the launcher writes about an instance while it runs. */
interface InstanceRecord {
	/** The Node process that started it. */
	readonly owner: ProcessIdentity;
	readonly shmPrefix: string;
}

/** As `createInstanceFiles` makes them; the number is the pid of the process that made it. */
const instanceName = /^redraft_(\d+)_[0-9a-f]+_$/;

/**
 * Ends Tritons of earlier runs that are still there although the process that started them is gone, and removes
 * their files. Instances whose owner lives are left alone, and so is a process that merely has the pid of an old
 * one.
 * @returns number of processes that were killed
 */
export async function endLeftovers(cacheDirectory: string): Promise<number> {
	const directory = join(cacheDirectory, 'run');
	let numKilled = 0;
	for (const name of await readdir(directory).catch(() => [])) {
		const path = join(directory, name);
		const record = name.endsWith('.json') ? await readRecord(path) : undefined;
		if (record && !isSameProcess(record.owner)) {
			numKilled += endInstance(record.shmPrefix);
			await remove(path, join(directory, record.shmPrefix));
		}
	}

	await removeUnrecorded(directory);
	return numKilled;
}

/** Directories of starts that were killed before there was a record. */
async function removeUnrecorded(directory: string): Promise<void> {
	const names: readonly string[] = await readdir(directory).catch(() => []);
	for (const name of names) {
		const [, owner] = instanceName.exec(name) ?? [];
		if (owner !== undefined && !names.includes(`${name}.json`) && !isRunning(Number(owner))) {
			await remove(join(directory, name));
		}
	}
}

async function remove(...paths: readonly string[]): Promise<void> {
	for (const path of paths) {
		await rm(path, {recursive: true, force: true});
	}
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
