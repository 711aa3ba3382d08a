import {chmod, mkdtemp, readdir, readFile, rm, stat, symlink, unlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {expectReplaceable, replaceFile} from '../../src/cli/replace-file.ts';
import {readSourceFile} from '../../src/cli/source-file.ts';

async function prepare(t: ExecutionContext) {
	const directory = await mkdtemp(path.join(tmpdir(), 'redraft-replace-'));
	t.teardown(() => rm(directory, {recursive: true}));
	const file = path.join(directory, 'file');
	await writeFile(file, 'before\n');
	return {directory, file, source: await readSourceFile(file)};
}

/** Runs as a user that has no rights of its own, where this process is root and has all. */
function asPlainUser(action: () => void): void {
	const isRoot = process.geteuid!() === 0;
	try {
		if (isRoot) {
			process.seteuid!(65_534);
		}

		action();
	} finally {
		if (isRoot) {
			process.seteuid!(0);
		}
	}
}

test.serial('the text is there whole, as another file of the same mode and owner', async t => {
	const {file, source} = await prepare(t);
	await chmod(file, 0o640);
	const before = await stat(file);
	replaceFile(source, 'after\n');
	const after = await stat(file);
	t.is(await readFile(file, 'utf8'), 'after\n');
	t.not(after.ino, before.ino);
	t.deepEqual([after.mode, after.uid, after.gid], [before.mode, before.uid, before.gid]);
});

test.serial('a file that is gone is not made anew', async t => {
	const {directory, file, source} = await prepare(t);
	await unlink(file);
	t.throws(() => replaceFile(source, 'after\n'), {message: /ENOENT.*; nothing was written$/});
	t.deepEqual(await readdir(directory), []);
});

test.serial('a link that points elsewhere meanwhile counts as a changed file', async t => {
	const {directory} = await prepare(t);
	const link = path.join(directory, 'link');
	await symlink('file', link);
	const source = await readSourceFile(link);
	await writeFile(path.join(directory, 'other'), 'before\n');
	await unlink(link);
	await symlink('other', link);
	t.throws(() => replaceFile(source, 'after\n'), {message: /has changed.*; nothing was written$/});
	t.is(await readFile(path.join(directory, 'file'), 'utf8'), 'before\n');
	t.is(await readFile(link, 'utf8'), 'before\n');
});

test.serial('a file that may not be written is refused before the edit', async t => {
	const {directory, file, source} = await prepare(t);
	await chmod(directory, 0o777);
	await chmod(file, 0o444);
	asPlainUser(() => {
		t.throws(() => expectReplaceable(source), {
			message: /^--write can't replace it: EACCES.*file'; nothing was written$/,
		});
	});
	await chmod(file, 0o666);
	t.notThrows(() => asPlainUser(() => expectReplaceable(source)));
});

test.serial('a directory in which no file may be made is refused before the edit', async t => {
	const {directory, file, source} = await prepare(t);
	await chmod(file, 0o666);
	await chmod(directory, 0o555);
	asPlainUser(() => {
		t.throws(() => expectReplaceable(source), {
			message: /^--write can't replace it: EACCES.*\.tmp'; nothing was written$/,
		});
	});
	await chmod(directory, 0o755);
});
