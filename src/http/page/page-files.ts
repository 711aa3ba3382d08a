import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';

/** Where the build puts the page. Same from `src/` and `dist/`. */
export const pageDirectory = fileURLToPath(new URL('../../../dist/web/', import.meta.url));

const contentTypes: Readonly<Record<string, string>> = {
	'.css': 'text/css; charset=utf-8',
	'.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript; charset=utf-8',
	'.svg': 'image/svg+xml',
	'.txt': 'text/plain; charset=utf-8',
};

/** A file of the page, held in memory. */
export interface PageFile {
	readonly content: Buffer;
	readonly compressed: Buffer;
	readonly contentType: string;
	readonly etag: string;
	/** Its name changes with its content. */
	readonly isImmutable: boolean;
}

/** The files of the page by their paths below `/`; empty where it was not built. */
export function readPageFiles(directory: string = pageDirectory): ReadonlyMap<string, PageFile> {
	return new Map(
		namesIn(directory).map(name => {
			const content = readFileSync(path.join(directory, name));
			const file = {
				content,
				compressed: gzipSync(content),
				contentType: contentTypes[path.extname(name)] ?? 'application/octet-stream',
				etag: `"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`,
				isImmutable: name.startsWith('assets/'),
			};
			return [name, file];
		}),
	);
}

function namesIn(directory: string): string[] {
	try {
		const entries = readdirSync(directory, {recursive: true, withFileTypes: true});
		return entries
			.filter(entry => entry.isFile())
			.map(entry => path.relative(directory, path.join(entry.parentPath, entry.name)));
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
			return [];
		}

		throw error;
	}
}
