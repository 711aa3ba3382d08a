import {spawn} from 'node:child_process';
import {mkdir, readdir, utimes} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {isRunning} from '../../../src/embedded/process/process-table.ts';
import {removeUnused} from '../../../src/embedded/python/prune.ts';
import {temporaryDirectory, until} from '../support.ts';

/** Folders that were last used long ago, but for `young`. */
async function prepare(t: ExecutionContext, names: readonly string[], young?: string): Promise<string> {
	const directory = await temporaryDirectory(t);
	for (const name of names) {
		await mkdir(join(directory, name));
		if (name !== young) {
			await utimes(join(directory, name), new Date('2020-01-01'), new Date('2020-01-01'));
		}
	}

	return directory;
}

test('environments that no run has used for a month are removed, younger ones and others are not', async t => {
	const names = ['venv-0123456789abcdef', 'venv-fedcba9876543210', 'models'];
	const directory = await prepare(t, names, names[1]);
	await removeUnused(directory, /^venv-/);
	t.deepEqual((await readdir(directory)).sort(), ['models', names[1]!]);
});

test('an environment that a process was started from long ago stays', async t => {
	const name = 'venv-0123456789abcdef';
	const directory = await prepare(t, [name]);
	const child = spawn('sh', ['-c', 'while :; do sleep 0.1; done', join(directory, name, 'bin/python')], {
		stdio: 'ignore',
	});
	t.teardown(() => child.kill('SIGKILL'));
	await until('a command line', () => isRunning(child.pid!));
	await removeUnused(directory, /^venv-/);
	t.deepEqual(await readdir(directory), [name]);
});
