import {spawn} from 'node:child_process';
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {cleanCache} from '../../src/embedded/clean-cache.ts';
import {isRunning} from '../../src/embedded/process/process-table.ts';
import {findPythonEnvironment} from '../../src/embedded/python/python-environment.ts';
import {temporaryDirectory, until} from './support.ts';

const other = 'venv-0123456789abcdef';

/** A cache after some use, with one folder in it that is not the service's. */
async function prepare(t: ExecutionContext) {
	const cacheDirectory = await temporaryDirectory(t);
	const {directory} = await findPythonEnvironment({cacheDirectory});
	const current = directory.slice(cacheDirectory.length + 1);
	for (const name of ['logs', 'models', 'pass-times', 'run', 'training', other, current]) {
		await mkdir(join(cacheDirectory, name));
		await writeFile(join(cacheDirectory, name, 'file'), 'x');
	}

	await writeFile(join(cacheDirectory, 'venv.lock'), '');
	const left = async () => (await readdir(cacheDirectory)).sort();
	return {cacheDirectory, current, left};
}

test('logs and environments of other versions go, what the next start needs stays', async t => {
	const {cacheDirectory, current, left} = await prepare(t);
	const entries = await cleanCache({cacheDirectory, all: false, dryRun: false});
	t.deepEqual(entries, [
		{path: join(cacheDirectory, 'logs'), numBytes: 1},
		{path: join(cacheDirectory, other), numBytes: 1},
	]);
	t.deepEqual(await left(), ['models', 'pass-times', 'run', 'training', current, 'venv.lock'].sort());
});

test('all goes where that is asked for, but for what is not the service’s', async t => {
	const {cacheDirectory, left} = await prepare(t);
	await cleanCache({cacheDirectory, all: true, dryRun: false});
	t.deepEqual(await left(), ['training']);
});

test('a dry run names the same and removes nothing', async t => {
	const {cacheDirectory, left} = await prepare(t);
	const before = await left();
	const named = await cleanCache({cacheDirectory, all: true, dryRun: true});
	t.deepEqual(await left(), before);
	t.deepEqual(await cleanCache({cacheDirectory, all: true, dryRun: false}), named);
});

test('what a running process uses stays, with the reason', async t => {
	const {cacheDirectory, current, left} = await prepare(t);
	const python = join(cacheDirectory, current, 'bin/python');
	const child = spawn('sh', ['-c', 'while :; do sleep 0.1; done', python], {stdio: 'ignore'});
	t.teardown(() => child.kill('SIGKILL'));
	await until('a command line', () => isRunning(child.pid!));
	const entries = await cleanCache({cacheDirectory, all: true, dryRun: false});
	t.deepEqual(
		entries.filter(({reason}) => reason === undefined).map(({path}) => path),
		[join(cacheDirectory, other)],
	);
	t.true((await left()).includes(current));
});

test('a cache that is not there yet has nothing to remove', async t => {
	const cacheDirectory = join(await temporaryDirectory(t), 'absent');
	t.deepEqual(await cleanCache({cacheDirectory, all: true, dryRun: false}), []);
});
