import {lstat, readdir, statfs} from 'node:fs/promises';
import {dirname, join} from 'node:path';

/** Bytes of a file or of all files below a directory; symbolic links are not followed. 0 where there is nothing. */
export async function sizeOf(path: string): Promise<number> {
	const stats = await lstat(path).catch(() => undefined);
	if (!stats?.isDirectory()) {
		return stats?.size ?? 0;
	}

	let size = 0;
	// One after the other: a Python environment has some 30,000 files.
	for (const entry of await readdir(path, {withFileTypes: true, recursive: true}).catch(() => [])) {
		if (entry.isFile()) {
			size += (await lstat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
		}
	}

	return size;
}

/** Bytes that are free for this user on the disk of a path, which may not be there yet. */
export async function freeBytesAt(path: string): Promise<number> {
	try {
		const {bavail, bsize} = await statfs(path);
		return bavail * bsize;
	} catch (error) {
		if (dirname(path) === path) {
			throw error;
		}

		return freeBytesAt(dirname(path));
	}
}

/** Such as `1.5 GB`. */
export function formatBytes(bytes: number): string {
	const units = ['B', 'kB', 'MB', 'GB', 'TB'];
	const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
	return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
