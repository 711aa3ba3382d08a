import {EventEmitter, once} from 'node:events';
import {chmod, lstat, readdir, readFile, stat, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {edited, original, prepare, program, redraft, run, start, wholeAnswer} from './support.ts';

const flags = (address: string) => ['-i', 'Rename b to c.', '--server', address, '--write'];

test('--write replaces the file and prints nothing to stdout', async t => {
	const {file, address, directory} = await prepare(t);
	const {code, stdout} = await redraft('edit', file, ...flags(address));
	t.is(code, 0);
	t.is(stdout, '');
	t.is(await readFile(file, 'utf8'), edited);
	t.deepEqual(await readdir(directory), ['code.js']);
});

test('an answer that the model ended without closing the file is not written, nor printed', async t => {
	const {file, address, directory} = await prepare(t, {answer: edited});
	for (const write of [true, false]) {
		const {code, stdout, stderr} = await redraft('edit', file, ...flags(address).slice(0, write ? 5 : 4));
		t.is(code, 1);
		t.is(stdout, '');
		t.regex(stderr, /without closing the file.*nothing was written: say in other words.*--update/s);
	}

	t.is(await readFile(file, 'utf8'), original);
	t.deepEqual(await readdir(directory), ['code.js']);
});

test('an answer that was cut short is not written, and the message names the limit', async t => {
	const {file, address} = await prepare(t);
	const {code, stdout, stderr} = await redraft('edit', file, ...flags(address), '--max-output-tokens', '5');
	t.is(code, 1);
	t.is(stdout, '');
	t.regex(stderr, /cut short at 5 tokens; nothing was written: raise --max-output-tokens/);
	t.is(await readFile(file, 'utf8'), original);
});

test('the mode of the file is kept', async t => {
	const {file, address} = await prepare(t);
	await chmod(file, 0o751);
	t.is((await redraft('edit', file, ...flags(address))).code, 0);
	t.is((await stat(file)).mode & 0o7777, 0o751);
	t.is(await readFile(file, 'utf8'), edited);
});

test('a symbolic link stays one, and the file that it points to is replaced', async t => {
	const {file, address, directory} = await prepare(t);
	const link = path.join(directory, 'link.js');
	await symlink('code.js', link);
	t.is((await redraft('edit', link, ...flags(address))).code, 0);
	t.true((await lstat(link)).isSymbolicLink());
	t.false((await lstat(file)).isSymbolicLink());
	t.is(await readFile(file, 'utf8'), edited);
});

test('a file that is changed while the model works keeps the change', async t => {
	let file = '';
	const prepared = await prepare(t, {onPass: () => writeFile(file, 'by another hand\n')});
	file = prepared.file;
	const {code, stderr} = await redraft('edit', file, ...flags(prepared.address));
	t.is(code, 1);
	t.regex(
		stderr,
		/code\.js: the file has changed since it was read: run the edit again; nothing was written/,
	);
	t.is(await readFile(file, 'utf8'), 'by another hand\n');
	t.deepEqual(await readdir(prepared.directory), ['code.js']);
});

test('an answer that changes nothing leaves the very same file', async t => {
	const {file, address} = await prepare(t, {answer: original.replace(/\n$/, '\n```')});
	const before = await stat(file);
	t.is((await redraft('edit', file, ...flags(address))).code, 0);
	const after = await stat(file);
	t.deepEqual([after.ino, after.mtimeMs], [before.ino, before.mtimeMs]);
});

test('a disk that takes only a part of the text leaves the file as it was, and no other beside it', async t => {
	const long = `// ${'x'.repeat(3000)}\n`;
	const {file, address, directory} = await prepare(t, {answer: `${long}${wholeAnswer}`});
	// The signal would end the program; ignored, the write fails as on a full disk.
	const limited = ['bash', '-c', `trap '' XFSZ; ulimit -f 1; "$0" "$@"`, ...program];
	const {code, stderr} = await run(
		[...limited, 'edit', file, ...flags(address), '--max-output-tokens', '4000'],
		{
			TSX_DISABLE_CACHE: '1',
		},
	).ended;
	t.is(code, 1);
	t.regex(stderr, /EFBIG.*; nothing was written/);
	t.is(await readFile(file, 'utf8'), original);
	t.deepEqual(await readdir(directory), ['code.js']);
});

test('SIGINT while the model works ends with 130 and leaves the file as it was', async t => {
	const model = new EventEmitter();
	const endless = (signal: AbortSignal) => {
		model.emit('pass');
		return once(signal, 'abort');
	};
	const {file, address, directory} = await prepare(t, {onPass: endless});
	const passed = once(model, 'pass');
	const {child, ended} = start(['edit', file, ...flags(address)]);
	await passed;
	child.kill('SIGINT');
	const {code, stdout, stderr} = await ended;
	t.is(code, 130);
	t.is(stdout, '');
	t.regex(stderr, /stopped by SIGINT/);
	t.is(await readFile(file, 'utf8'), original);
	t.deepEqual(await readdir(directory), ['code.js']);
});

test('a reader that goes away ends the program as SIGPIPE does, without a word', async t => {
	const {file, address} = await prepare(t);
	const piped = ['bash', '-c', 'set -o pipefail; "$0" "$@" | true', ...program];
	const {code, stderr} = await run([...piped, 'edit', file, '-i', 'x', '--server', address]).ended;
	t.is(code, 141);
	t.notRegex(stderr, /EPIPE|at /);
});
