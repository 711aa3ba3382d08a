import {execFile, spawn} from 'node:child_process';
import {copyFile, mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {repositoryRoot} from '../../src/embedded/machine/paths.ts';
import {isRunning} from '../../src/embedded/process/process-table.ts';
import {temporaryDirectory} from './support.ts';

/** A clone without packages, with an npm that only writes down how it was called. */
async function prepare(t: ExecutionContext, exitCode = 0) {
	const directory = await temporaryDirectory(t);
	for (const name of ['setup.mjs', 'package-lock.json']) {
		await copyFile(join(repositoryRoot, name), join(directory, name));
	}

	const npm = join(directory, 'npm.js');
	const calls = join(directory, 'calls');
	const script = `require('fs').appendFileSync(${JSON.stringify(calls)}, process.argv[2]); process.exit(${exitCode})`;
	await writeFile(npm, script);
	const run = () =>
		promisify(execFile)(process.execPath, [join(directory, 'setup.mjs')], {
			env: {...process.env, npm_execpath: npm},
		});
	return {directory, npm, run, calls: () => readFile(calls, 'utf8').catch(() => '')};
}

async function writeInstalled(
	directory: string,
	change: (packages: Record<string, {version: string}>) => void,
) {
	const lock = JSON.parse(await readFile(join(directory, 'package-lock.json'), 'utf8'));
	change(lock.packages);
	await mkdir(join(directory, 'node_modules'), {recursive: true});
	await writeFile(join(directory, 'node_modules/.package-lock.json'), JSON.stringify(lock));
}

test('missing npm packages are installed, with a line about it', async t => {
	const {run, calls} = await prepare(t);
	t.regex((await run()).stderr, /Installing npm packages/);
	t.is(await calls(), 'ci');
});

test('packages that fit the lock file are left alone, in silence', async t => {
	const {directory, run, calls} = await prepare(t);
	await writeInstalled(directory, () => {});
	t.is((await run()).stderr, '');
	t.is(await calls(), '');
});

test('one package of another version counts as stale', async t => {
	const {directory, run, calls} = await prepare(t);
	await writeInstalled(directory, packages => {
		packages['node_modules/zod']!.version = '1.0.0';
	});
	await run();
	t.is(await calls(), 'ci');
});

test('a failure of npm ends the set-up with its exit code', async t => {
	const {run} = await prepare(t, 3);
	const error = await t.throwsAsync(run());
	t.regex(error!.message, /npm ci: expected exit code 0, got 3/);
});

test('a signal ends the npm that it runs', async t => {
	const {directory, npm} = await prepare(t);
	await writeFile(npm, 'console.error(process.pid); setInterval(() => {}, 1000)');
	const child = spawn(process.execPath, [join(directory, 'setup.mjs')], {
		env: {...process.env, npm_execpath: npm},
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	const lines = createInterface({input: child.stderr})[Symbol.asyncIterator]();
	await lines.next();
	const pid = Number((await lines.next()).value);
	t.true(isRunning(pid));
	child.kill('SIGTERM');
	t.regex((await lines.next()).value, /npm ci: expected exit code 0, got SIGTERM/);
	t.false(isRunning(pid));
});
