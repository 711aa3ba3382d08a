import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {ReloadedFiles} from '../../src/access/reloaded-files.ts';

const intervalMs = 30;

async function reload(t: ExecutionContext, path: string): Promise<ReloadedFiles<string>> {
	const files = await ReloadedFiles.open([path], ([content]) => content!.toString(), intervalMs);
	t.teardown(() => files.close());
	return files;
}

test('contents that are others at every reading, as of a file that is being written, are not taken', async t => {
	const files = await reload(t, '/proc/uptime');
	const first = files.current;
	await delay(10 * intervalMs);
	t.is(files.current, first);
});

test('contents that stay are taken, and told to those who listen', async t => {
	const folder = mkdtempSync(join(tmpdir(), 'redraft-files-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'file');
	writeFileSync(path, 'before');
	const files = await reload(t, path);
	const changed = new Promise<string>(resolve => files.onChange(resolve));
	writeFileSync(path, 'after');
	t.is(await changed, 'after');
	t.is(files.current, 'after');
});
