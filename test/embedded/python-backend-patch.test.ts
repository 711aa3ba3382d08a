import {existsSync} from 'node:fs';
import {chmod, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {moveTemporaryFolder} from '../../src/embedded/python-backend-patch.ts';
import {temporaryDirectory} from './support.ts';

async function library(t: ExecutionContext, content: string): Promise<string> {
	const file = join(await temporaryDirectory(t), 'libtriton_python.so');
	await writeFile(file, content, 'latin1');
	await chmod(file, 0o755);
	return file;
}

test('the path is made relative, every other byte stays, and so does the mode', async t => {
	const file = await library(t, 'ÿ\0/tmp/python_env_Failed\0/tmp/other');
	await moveTemporaryFolder(file);
	t.is(await readFile(file, 'latin1'), 'ÿ\0./tmp/python_envFailed\0/tmp/other');
	t.is((await stat(file)).mode & 0o777, 0o755);
	t.deepEqual(await readdir(join(file, '..')), ['libtriton_python.so']);
});

test('a second time changes nothing', async t => {
	const file = await library(t, '\0/tmp/python_env_\0');
	await moveTemporaryFolder(file);
	const {ino} = await stat(file);
	await moveTemporaryFolder(file);
	t.is((await stat(file)).ino, ino);
});

test('a library without the path, or with two of it, is left alone', async t => {
	for (const content of ['another build', '/tmp/python_env_ /tmp/python_env_']) {
		const file = await library(t, content);
		await moveTemporaryFolder(file);
		t.is(await readFile(file, 'latin1'), content);
	}
});

test('a library that is not there is an error that names it', async t => {
	const file = join(await temporaryDirectory(t), 'absent.so');
	await t.throwsAsync(moveTemporaryFolder(file), {message: /absent\.so/});
	t.false(existsSync(file));
});
