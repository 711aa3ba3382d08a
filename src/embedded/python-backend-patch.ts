import {copyFile, readFile, rename, rm, writeFile} from 'node:fs/promises';

/** Where the patched library makes its folder, relative to the server's working directory. */
export const temporaryFolder = 'tmp';

/** The library's constant and what takes its place: of one length, as the code around it counts on. */
const original = Buffer.from('/tmp/python_env_');
const relative = Buffer.from(`./${temporaryFolder}/python_env`);

/**
 * Triton's Python backend makes a folder `/tmp/python_env_XXXXXX` for every server, needed or not, and leaves it
 * there when the server is killed. No setting moves it, so the constant in our copy of the library is changed to
 * a path below the server's working directory. A library of another build, without the constant, is left alone.
 * @param library `libtriton_python.so`; it may be in use
 */
export async function moveTemporaryFolder(library: string): Promise<void> {
	const bytes = await readFile(library);
	const start = bytes.indexOf(original);
	if (start === -1 || bytes.indexOf(original, start + 1) !== -1) {
		return;
	}

	relative.copy(bytes, start);
	const unfinished = `${library}-${process.pid}`;
	try {
		// A copy keeps the mode; a running server keeps the file that the rename replaces.
		await copyFile(library, unfinished);
		await writeFile(unfinished, bytes);
		await rename(unfinished, library);
	} catch (error) {
		await rm(unfinished, {force: true});
		throw error;
	}
}
