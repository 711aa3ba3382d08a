import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {processesMentioning} from '../../../src/embedded/process/process-table.ts';
import {findPython} from '../../../src/embedded/python/find-python.ts';
import {ensurePythonEnvironment} from '../../../src/embedded/python/python-environment.ts';
import {startParent, temporaryDirectory, until} from '../support.ts';
import {writeTinyRequirements} from './tiny-requirements.ts';

const base = await findPython();

async function prepare(t: ExecutionContext) {
	const directory = await temporaryDirectory(t);
	const requirementsDirectory = await writeTinyRequirements(join(directory, 'requirements'), base.executable);
	const cacheDirectory = join(directory, 'cache');
	const lines: string[] = [];
	const onProgress = (line: string) => lines.push(line);
	return {options: {cacheDirectory, requirementsDirectory, onProgress}, lines};
}

const canImport = (python: string, name: string) =>
	execFileSync(python, ['-c', `import ${name}; print(${name}.value)`], {encoding: 'utf8'}) === '42\n';
const countCreations = (lines: readonly string[]) => lines.filter(line => line.startsWith('Creating')).length;

test.serial('two set-ups at the same time build one environment', async t => {
	const {options, lines} = await prepare(t);
	const [first, second] = await Promise.all([
		ensurePythonEnvironment(options),
		ensurePythonEnvironment(options),
	]);
	t.deepEqual(first, second);
	t.is(countCreations(lines), 1);
	t.true(lines.some(line => line.startsWith('Waiting for another process')));
	t.true(canImport(first.python, 'tiny') && canImport(first.python, 'tinytriton'));
	// No CPU build of it is to be had here, so the public build was taken.
	t.true(canImport(first.python, 'tinytorch'));
	t.true(lines.some(line => line.includes('taking the CUDA build')));
});

test.serial('a set-up that is up to date does nothing, and dev packages are added to it', async t => {
	const {options, lines} = await prepare(t);
	const {python} = await ensurePythonEnvironment(options);
	const numLines = lines.length;
	await ensurePythonEnvironment(options);
	t.is(lines.length, numLines);
	t.is((await ensurePythonEnvironment({...options, dev: true})).python, python);
	t.is(countCreations(lines), 1);
	t.true(canImport(python, 'tinytest'));
});

test.serial('a set-up that is killed leaves no process, and the next one builds anew', async t => {
	const {options} = await prepare(t);
	const {cacheDirectory, requirementsDirectory} = options;
	const killed = startParent(t, 'set-up-python.ts', [cacheDirectory, requirementsDirectory]);
	t.regex(await killed.nextLine(), /^Creating/);
	const findVenv = () => readdirSync(cacheDirectory).find(name => name.startsWith('venv-'));
	await until('a half-built environment', () => findVenv() !== undefined);
	killed.child.kill('SIGKILL');
	await killed.exited;
	const name = findVenv()!;
	const remains = join(cacheDirectory, name, 'remains');
	await writeFile(remains, '');
	const {directory, python} = await ensurePythonEnvironment(options);
	t.is(directory, join(cacheDirectory, name));
	t.false(existsSync(remains));
	t.true(canImport(python, 'tiny'));
	t.deepEqual(processesMentioning(directory), []);
});

test.serial('a wheel with another hash is refused with the last lines of pip', async t => {
	const {options} = await prepare(t);
	const file = join(options.requirementsDirectory, 'requirements.txt');
	await writeFile(file, (await readFile(file, 'utf8')).replace(/sha256:.{8}/, 'sha256:00000000'));
	const error = await t.throwsAsync(ensurePythonEnvironment(options), {name: 'SetupError'});
	t.regex(error!.message, /pip ended with exit code 1; the last lines of its output:/);
	t.regex(error!.message, /DO NOT MATCH THE HASHES/);
});

test.serial('abort stops the set-up', async t => {
	const {options} = await prepare(t);
	const stop = new AbortController();
	const onProgress = () => stop.abort(new Error('enough'));
	const setUp = ensurePythonEnvironment({...options, onProgress, signal: stop.signal});
	await t.throwsAsync(setUp, {message: 'enough'});
	t.deepEqual(processesMentioning(options.cacheDirectory), []);
});
