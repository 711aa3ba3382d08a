import {existsSync} from 'node:fs';
import {mkdir, readdir, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {createInstanceFiles, readTail} from '../../src/embedded/instance-files.ts';
import {temporaryDirectory} from './support.ts';

test('two instances of one process share no name and no file', async t => {
	const cacheDirectory = await temporaryDirectory(t);
	const [first, second] = [
		await createInstanceFiles(cacheDirectory),
		await createInstanceFiles(cacheDirectory),
	];
	t.regex(first.shmPrefix, new RegExp(`^redraft_${process.pid}_[0-9a-f]{8}_$`));
	const values = new Set([...Object.values(first), ...Object.values(second)]);
	t.is(values.size, 2 * Object.keys(first).length);
	t.true(existsSync(first.temporaryDirectory) && first.temporaryDirectory.startsWith(first.directory));
});

test('the newest nine logs are kept', async t => {
	const cacheDirectory = await temporaryDirectory(t);
	const logs = join(cacheDirectory, 'logs');
	await mkdir(logs);
	for (let day = 10; day < 25; day++) {
		const file = join(logs, `triton-${day}.log`);
		await writeFile(file, '');
		await utimes(file, new Date(`2020-01-${day}`), new Date(`2020-01-${day}`));
	}

	await createInstanceFiles(cacheDirectory);
	const kept = (await readdir(logs)).sort();
	t.deepEqual(
		kept,
		Array.from({length: 9}, (_, index) => `triton-${16 + index}.log`),
	);
});

test('the tail of a log is its last lines, oldest first, however long the log is', async t => {
	const file = join(await temporaryDirectory(t), 'triton.log');
	await writeFile(file, Array.from({length: 100_000}, (_, index) => `line ${index}\n`).join(''));
	t.deepEqual(await readTail(file, 2), ['line 99998', 'line 99999']);
	t.is((await readTail(file)).length, 20);
});

test('a log that is not there has no tail', async t => {
	t.deepEqual(await readTail(join(await temporaryDirectory(t), 'absent.log')), []);
});
