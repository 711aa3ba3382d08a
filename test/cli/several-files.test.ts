import {execFileSync} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {edited, original, prepare, redraft, start} from './support.ts';

/** Three files that the model edits and one that is no text, in two folders. */
async function prepareFolder(t: ExecutionContext) {
	const {directory, address} = await prepare(t);
	await mkdir(path.join(directory, 'lib'));
	for (const name of ['second.js', 'lib/third.js']) {
		await writeFile(path.join(directory, name), original);
	}

	const binary = path.join(directory, 'lib/binary.js');
	await writeFile(binary, Buffer.from([0xe9]));
	const read = (name: string) => readFile(path.join(directory, name), 'utf8');
	return {directory, flags: ['-i', 'Rename b to c.', '--server', address], read};
}

test('each file that a pattern names is edited once; one that fails costs no other', async t => {
	const {directory, flags, read} = await prepareFolder(t);
	const patterns = ['**/*.js', 'code.js', './second.js'];
	const {code, stdout, stderr} = await start(['edit', ...patterns, ...flags, '--write'], directory).ended;
	t.is(code, 1);
	t.is(stdout, '');
	for (const name of ['code.js', 'second.js', 'lib/third.js']) {
		t.is(await read(name), edited);
		t.is(stderr.split(`${name}: edited, `).length, 2);
	}

	t.regex(stderr, /redraft: lib\/binary\.js: expected UTF-8 text/);
	t.regex(stderr, /^3 edited, 0 unchanged, 1 failed$/m);
});

test('--json is one object with what became of each file, in their order', async t => {
	const {directory, flags, read} = await prepareFolder(t);
	const names = ['lib/binary.js', 'code.js'];
	const {code, stdout} = await start(['edit', ...names, ...flags, '--json'], directory).ended;
	t.is(code, 1);
	const {files} = JSON.parse(stdout);
	t.like(files[0], {path: names[0], state: 'failed', error: 'expected UTF-8 text, got bytes that are not'});
	t.like(files[1], {path: names[1], state: 'edited', written: false, text: edited});
	t.true(files[1].tokensPerPass > 0 && files[1].outputTokens > 0);
	t.is(await read('code.js'), original);
});

test('--patch is a file that git apply takes, and leaves the files alone', async t => {
	const {directory, flags, read} = await prepareFolder(t);
	const {code, stdout} = await start(
		['edit', 'code.js', 'lib/third.js', ...flags, '--patch', 'all.patch'],
		directory,
	).ended;
	t.is(code, 0);
	t.is(stdout, '');
	t.is(await read('lib/third.js'), original);
	execFileSync('git', ['apply', 'all.patch'], {cwd: directory});
	t.is(await read('code.js'), edited);
	t.is(await read('lib/third.js'), edited);
});

test('several texts are not printed one behind the other', async t => {
	const {directory, flags} = await prepareFolder(t);
	const {code, stderr} = await start(['edit', 'code.js', 'second.js', ...flags], directory).ended;
	t.is(code, 2);
	t.regex(stderr, /several files: expected --write, --diff, --patch or --json, got none of them/);
});

test('a pattern that matches nothing is named', async t => {
	const {directory, flags} = await prepareFolder(t);
	const {code, stderr} = await start(['edit', '**/*.py', ...flags], directory).ended;
	t.is(code, 2);
	t.regex(stderr, /\*\*\/\*\.py: expected a file or a pattern that matches files, got neither/);
});

test('a file whose name looks like a pattern is taken by its name', async t => {
	const {directory, flags, read} = await prepareFolder(t);
	await writeFile(path.join(directory, '[id].js'), original);
	const {code} = await start(['edit', '[id].js', ...flags, '--write'], directory).ended;
	t.is(code, 0);
	t.is(await read('[id].js'), edited);
});

test('without files the program tells how it is used', async t => {
	const {code, stderr} = await redraft('edit', '-i', 'x');
	t.is(code, 2);
	t.regex(stderr, /missing required argument 'files'/);
});
