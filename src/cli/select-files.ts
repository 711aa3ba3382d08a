import {existsSync} from 'node:fs';
import {normalize} from 'node:path';
import {glob, isDynamicPattern} from 'tinyglobby';
import {UsageError} from './exit-codes.ts';

const ignored = ['**/node_modules/**', '**/.git/**'];

/**
 * The files that arguments name, each once, in their order. An argument is a path or, where there is nothing of
 * that name, a pattern such as `src/**\/*.ts`.
 * @throws {UsageError} a pattern matches nothing
 */
export async function selectFiles(names: readonly string[]): Promise<string[]> {
	const found = await Promise.all(names.map(expand));
	return [...new Set(found.flat().map(path => normalize(path)))];
}

async function expand(name: string): Promise<readonly string[]> {
	if (existsSync(name) || !isDynamicPattern(name)) {
		return [name];
	}

	const paths = await glob(name, {ignore: ignored, expandDirectories: false});
	if (paths.length === 0) {
		throw new UsageError(`${name}: expected a file or a pattern that matches files, got neither`);
	}

	return paths.sort();
}
