import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {formatBytes, freeBytesAt, sizeOf} from '../../../src/embedded/machine/disk.ts';
import {temporaryDirectory} from '../support.ts';

test('the size of a folder is that of all files in it, links not followed', async t => {
	const directory = await temporaryDirectory(t);
	await mkdir(join(directory, 'a/b'), {recursive: true});
	await writeFile(join(directory, 'a/b/file'), 'x'.repeat(1000));
	await writeFile(join(directory, 'a/file'), 'x'.repeat(10));
	await symlink('/usr', join(directory, 'a/link'));
	t.is(await sizeOf(join(directory, 'a')), 1010);
	t.is(await sizeOf(join(directory, 'a/file')), 10);
	t.is(await sizeOf(join(directory, 'absent')), 0);
});

test('a path that is not there yet has the room of the disk that it would lie on', async t => {
	const directory = await temporaryDirectory(t);
	t.true((await freeBytesAt(join(directory, 'not/there/yet'))) > 0);
});

test('bytes are told in the unit that suits them', t => {
	const told = [0, 999, 1000, 1_540_000_000, 2e15].map(formatBytes);
	t.deepEqual(told, ['0 B', '999 B', '1.0 kB', '1.5 GB', '2000.0 TB']);
});
