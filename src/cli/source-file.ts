import {isUtf8} from 'node:buffer';
import {readFile, realpath, stat} from 'node:fs/promises';

/** A file to edit, as it was when it was read. */
export interface SourceFile {
	/** As the user named it. */
	readonly path: string;
	/** The file behind symbolic links. */
	readonly realPath: string;
	readonly bytes: Buffer;
	readonly text: string;
}

/** @throws {Error} there is no such file, it is no regular file, or its bytes are not UTF-8 */
export async function readSourceFile(path: string): Promise<SourceFile> {
	const realPath = await realpath(path);
	if (!(await stat(realPath)).isFile()) {
		throw new Error('expected a regular file, got something else');
	}

	const bytes = await readFile(realPath);
	return {path, realPath, bytes, text: decode(bytes)};
}

/** Text of a file that is not written back. */
export async function readText(path: string): Promise<string> {
	try {
		return decode(await readFile(path));
	} catch (error) {
		throw new Error(`${path}: ${(error as Error).message}`);
	}
}

/** Bytes that are not UTF-8 would be replaced, and written back as something else. */
function decode(bytes: Buffer): string {
	if (!isUtf8(bytes)) {
		throw new Error('expected UTF-8 text, got bytes that are not');
	}

	return bytes.toString();
}
