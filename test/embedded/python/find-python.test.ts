import {chmod, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {findPython} from '../../../src/embedded/python/find-python.ts';
import {temporaryDirectory} from '../support.ts';

const good = {
	executable: '/opt/python/bin/python3.11',
	implementation: 'cpython',
	version: '3.11',
	fullVersion: '3.11.7',
	libraryDirectory: '/opt/python/lib',
	hasVenv: true,
};

/** A program that answers the probe as another interpreter would. */
async function fakePython(t: ExecutionContext, answer: object): Promise<string> {
	const path = join(await temporaryDirectory(t), 'python');
	await writeFile(path, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
	await chmod(path, 0o755);
	return path;
}

const refuse = test.macro<[object, RegExp]>(async (t, change, message) => {
	const REDRAFT_PYTHON = await fakePython(t, {...good, ...change});
	await t.throwsAsync(findPython({REDRAFT_PYTHON}), {name: 'SetupError', message});
});

test('takes an interpreter that fits', async t => {
	const python = await findPython({REDRAFT_PYTHON: await fakePython(t, good)});
	t.like(python, {executable: good.executable, version: '3.11', libraryDirectory: '/opt/python/lib'});
});

test(
	'a version that is too old is named, with what was expected',
	refuse,
	{version: '3.9', fullVersion: '3.9.18'},
	/expected 3\.11 or 3\.12[\s\S]*is Python 3\.9\.18[\s\S]*REDRAFT_PYTHON[\s\S]*TRITON_URLS/,
);
test(
	'a version that is too new is named',
	refuse,
	{version: '3.13', fullVersion: '3.13.0'},
	/is Python 3\.13\.0/,
);
test(
	'a missing libpython says what to install',
	refuse,
	{libraryDirectory: null},
	/apt install libpython3\.11/,
);
test('a missing venv module says what to install', refuse, {hasVenv: false}, /apt install python3\.11-venv/);
test('another implementation is refused', refuse, {implementation: 'pypy'}, /is pypy, expected CPython/);

test('a program that does not exist is named', async t => {
	await t.throwsAsync(findPython({REDRAFT_PYTHON: '/nowhere/python3'}), {
		message: /\/nowhere\/python3: not found/,
	});
});

test('finds this machine’s interpreter and its shared library', async t => {
	t.regex((await findPython()).version, /^3\.1[12]$/);
});
