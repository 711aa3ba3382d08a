import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {edited, original, prepare, redraft, run, start} from './support.ts';

test('prints the edited file and leaves the file alone', async t => {
	const {file, address} = await prepare(t);
	const {code, stdout, stderr} = await redraft(
		'edit',
		file,
		'--instruction',
		'Rename b to c.',
		'--server',
		address,
	);
	t.is(code, 0, stderr);
	t.is(stdout, edited);
	t.regex(stderr, /tokens per pass/);
	t.is(await readFile(file, 'utf8'), original);
});

test('--diff prints a unified diff', async t => {
	const {file, address} = await prepare(t);
	const {stdout} = await redraft('edit', file, '-i', 'Rename b to c.', '--server', address, '--diff');
	t.regex(stdout, /^-const b = 2;\n\+const c = 2;$/m);
});

test('--patch of a file with an absolute name is applied where it was made', async t => {
	const {file, address, directory} = await prepare(t);
	const parameters = ['edit', file, '-i', 'Rename b to c.', '--server', address, '--patch', 'change.patch'];
	const {code, stdout, stderr} = await start(parameters, directory).ended;
	t.is(code, 0, stderr);
	t.is(stdout, '');
	t.is((await run(['git', 'apply', 'change.patch'], {}, directory).ended).code, 0);
	t.is(await readFile(file, 'utf8'), edited);
});

test('--update is read from a file; a missing one is named', async t => {
	const {file, address, directory} = await prepare(t);
	const update = path.join(directory, 'update.js');
	const missing = await redraft('edit', file, '--update', update, '--server', address);
	t.is(missing.code, 1);
	t.true(missing.stderr.includes(update));
	await writeFile(update, '// ... existing code ...\nconst c = 2;\n');
	t.is((await redraft('edit', file, '--update', update, '--server', address)).stdout, edited);
});

test('a refused edit ends with the status and the reason, and writes nothing', async t => {
	const {file, address} = await prepare(t);
	const {code, stderr} = await redraft('edit', file, '--server', address, '--write');
	t.is(code, 1);
	t.regex(stderr, /INVALID_ARGUMENT: instruction: expected/);
	t.is(await readFile(file, 'utf8'), original);
});

test('a service that is not there is reported, not waited for', async t => {
	const {file} = await prepare(t);
	const {code, stderr} = await redraft('edit', file, '-i', 'x', '--server', '127.0.0.1:9');
	t.is(code, 1);
	t.regex(stderr, /UNAVAILABLE/);
});

test('a file that is not UTF-8 is refused, not replaced by something similar', async t => {
	const {file, address} = await prepare(t);
	const bytes = Buffer.from([0x61, 0xe9, 0x0a]);
	await writeFile(file, bytes);
	const {code, stderr} = await redraft('edit', file, '-i', 'x', '--server', address, '--write');
	t.is(code, 1);
	t.regex(stderr, /expected UTF-8 text/);
	t.deepEqual(await readFile(file), bytes);
});

test('an unknown option is wrong use, told before anything is started', async t => {
	const {file} = await prepare(t);
	const {code, stderr} = await redraft('edit', file, '--instrction', 'x');
	t.is(code, 2);
	t.regex(stderr, /unknown option '--instrction'/);
});

test('a limit that is no number is wrong use', async t => {
	const {file, address} = await prepare(t);
	const flags = ['-i', 'x', '--server', address, '--max-output-tokens', 'many'];
	const {code, stderr} = await redraft('edit', file, ...flags);
	t.is(code, 2);
	t.regex(stderr, /Expected a whole number from 1 on/);
});

test('--help is no failure', async t => {
	const {code, stdout} = await redraft('edit', '--help');
	t.is(code, 0);
	t.regex(stdout, /--write/);
});

test('a directory is refused', async t => {
	const {directory, address} = await prepare(t);
	const {code, stderr} = await redraft('edit', directory, '-i', 'x', '--server', address);
	t.is(code, 1);
	t.regex(stderr, /expected a regular file/);
});
