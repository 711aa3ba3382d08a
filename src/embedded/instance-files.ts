import {randomBytes} from 'node:crypto';
import {mkdir, open, readdir, stat, unlink} from 'node:fs/promises';
import {join} from 'node:path';
import {temporaryFolder} from './python-backend-patch.ts';

/** Names and files of one running Triton; no two instances on a machine share any. */
export interface InstanceFiles {
	/** Prefix of its shared memory regions, also found in the command line of each of its processes. */
	readonly shmPrefix: string;
	/** Names its processes while it runs. */
	readonly recordFile: string;
	/** Its working directory; the temporary files of its processes lie below. Removed with the instance. */
	readonly directory: string;
	/** For temporary files. */
	readonly temporaryDirectory: string;
	readonly logFile: string;
}

const numKeptLogs = 10;
const maxTailBytes = 64 * 1024;

/** Prepares the files of a new instance, and removes all but the newest 9 logs of earlier ones. */
export async function createInstanceFiles(cacheDirectory: string): Promise<InstanceFiles> {
	const name = `redraft_${process.pid}_${randomBytes(4).toString('hex')}_`;
	const [runDirectory, logDirectory] = [join(cacheDirectory, 'run'), join(cacheDirectory, 'logs')];
	const directory = join(runDirectory, name);
	const temporaryDirectory = join(directory, temporaryFolder);
	await mkdir(temporaryDirectory, {recursive: true});
	await mkdir(logDirectory, {recursive: true});
	await removeOldLogs(logDirectory);
	return {
		shmPrefix: name,
		recordFile: join(runDirectory, `${name}.json`),
		directory,
		temporaryDirectory,
		logFile: join(logDirectory, `triton-${name}.log`),
	};
}

async function removeOldLogs(directory: string): Promise<void> {
	const names = (await readdir(directory)).filter(name => name.endsWith('.log'));
	const logs = await Promise.all(
		names.map(async name => {
			const path = join(directory, name);
			// Another process may be removing the same logs.
			return {path, changedMs: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0};
		}),
	);
	const old = logs.sort((a, b) => b.changedMs - a.changedMs).slice(numKeptLogs - 1);
	await Promise.all(old.map(({path}) => unlink(path).catch(() => {})));
}

/** Last lines of a file, oldest first; none where it can't be read. */
export async function readTail(file: string, numLines = 20): Promise<readonly string[]> {
	const handle = await open(file).catch(() => undefined);
	if (!handle) {
		return [];
	}
	try {
		const {size} = await handle.stat();
		const start = Math.max(0, size - maxTailBytes);
		const {buffer, bytesRead} = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
		return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-numLines);
	} finally {
		await handle.close();
	}
}
