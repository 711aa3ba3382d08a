import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {readFile, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {defaultCacheDirectory} from '../../src/embedded/machine/paths.ts';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** Interpreter of a venv of its own with OpenAI's client for Python; made at the first call, kept in the cache. */
export async function pythonWithClient(): Promise<string> {
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

/** Runs `openai_client.py` and returns what it prints. */
export async function runPythonClient(baseURL: string): Promise<unknown> {
	const script = fileURLToPath(new URL('openai_client.py', import.meta.url));
	const {stdout} = await run(await pythonWithClient(), [script, baseURL]);
	return JSON.parse(stdout);
}
