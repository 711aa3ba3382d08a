import {execFileSync} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import {temporaryFolder} from './certificates.ts';

/** What `git apply` makes of a file, in a folder of its own. */
export async function applyPatchWithGit(
	t: ExecutionContext,
	name: string,
	before: string,
	patch: string,
): Promise<string> {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, name);
	await mkdir(path.dirname(file), {recursive: true});
	await writeFile(file, before);
	execFileSync('git', ['apply'], {cwd: folder, input: patch, stdio: 'pipe'});
	return readFile(file, 'utf8');
}
