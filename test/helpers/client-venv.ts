import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {readFile, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import {defaultCacheDirectory} from '../../src/embedded/machine/paths.ts';

const run = promisify(execFile);

/**
 * Interpreter of a venv with exactly the packages of a requirements file, apart from that of the model; made at the
 * first call, kept in the cache.
 */
export async function clientVenv(requirements: string): Promise<string> {
	const base = process.env.REDRAFT_TEST_PYTHON;
	if (base === undefined) {
		throw new Error(
			'REDRAFT_TEST_PYTHON: expected the interpreter of the project, got nothing; run npm test',
		);
	}

	const hash = createHash('sha256')
		.update(await readFile(requirements))
		.update(base)
		.digest('hex');
	const directory = path.join(defaultCacheDirectory(process.env), `client-venv-${hash.slice(0, 16)}`);
	const python = path.join(directory, 'bin', 'python');
	const complete = path.join(directory, 'complete');
	if (!existsSync(complete)) {
		await rm(directory, {recursive: true, force: true});
		await run(base, ['-m', 'venv', directory]);
		const options = ['--quiet', '--no-deps', '--require-hashes', '--only-binary=:all:'];
		await run(python, ['-m', 'pip', 'install', ...options, '--requirement', requirements]);
		await writeFile(complete, '');
	}

	return python;
}
