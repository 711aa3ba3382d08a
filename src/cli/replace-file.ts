import {randomBytes} from 'node:crypto';
import {
	closeSync,
	fchmodSync,
	fchownSync,
	fstatSync,
	fsyncSync,
	openSync,
	readFileSync,
	realpathSync,
	renameSync,
	rmSync,
	type Stats,
	statSync,
	writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import type {SourceFile} from './source-file.ts';

/**
 * Refuses a file that `replaceFile` could not replace, before an edit is paid for.
 * @throws {Error} the file is not writable, or no file can be made beside it
 */
export function expectReplaceable({realPath}: SourceFile): void {
	const unfinished = unfinishedBeside(realPath);
	try {
		// A file that its owner protected is not to be replaced either, though the directory would allow it.
		closeSync(openSync(realPath, 'r+'));
		closeSync(openSync(unfinished, 'wx'));
		rmSync(unfinished);
	} catch (error) {
		throw new Error(`--write can't replace it: ${(error as Error).message}; nothing was written`);
	}
}

const unfinishedBeside = (path: string) =>
	join(dirname(path), `.redraft-${randomBytes(6).toString('hex')}.tmp`);

/**
 * Puts a text in the place of a file, whole or not at all: it is written beside the file, brought to the disk and
 * renamed. Mode and owner are kept, symbolic links are followed. It runs in one go, so that no signal handler finds
 * it half done.
 * @throws {Error} the file has changed since it was read, or something failed on the way; the file is as it was
 */
export function replaceFile(source: SourceFile, text: string): void {
	const unfinished = unfinishedBeside(source.realPath);
	try {
		writeLike(unfinished, text, expectUnchanged(source));
		expectUnchanged(source);
		renameSync(unfinished, source.realPath);
	} catch (error) {
		rmSync(unfinished, {force: true});
		throw new Error(`${(error as Error).message}; nothing was written`, {cause: error});
	}

	bringToDisk(dirname(source.realPath));
}

function expectUnchanged({path, realPath, bytes}: SourceFile): Stats {
	if (realpathSync(path) !== realPath || !readFileSync(realPath).equals(bytes)) {
		throw new Error('the file has changed since it was read: run the edit again');
	}

	return statSync(realPath);
}

/** Writes a new file with the mode and the owner of another. */
function writeLike(file: string, text: string, {mode, uid, gid}: Stats): void {
	const handle = openSync(file, 'wx', 0o600);
	try {
		writeFileSync(handle, text);
		const own = fstatSync(handle);
		if (own.uid !== uid || own.gid !== gid) {
			fchownSync(handle, uid, gid);
		}

		fchmodSync(handle, mode & 0o7777);
		fsyncSync(handle);
	} finally {
		closeSync(handle);
	}
}

/** A rename outlives a power failure only when its directory is on the disk. */
function bringToDisk(directory: string): void {
	const handle = openSync(directory, 'r');
	try {
		fsyncSync(handle);
	} catch {
		// Some file systems can't; the file itself is whole either way.
	} finally {
		closeSync(handle);
	}
}
