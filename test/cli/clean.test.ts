import {mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {program, run} from './support.ts';

test('clean removes the logs of the cache and says how much, after a dry run that only says so', async t => {
	const home = await mkdtemp(path.join(tmpdir(), 'redraft-clean-'));
	t.teardown(() => rm(home, {recursive: true}));
	const cache = path.join(home, 'redraft');
	await mkdir(path.join(cache, 'logs'), {recursive: true});
	await writeFile(path.join(cache, 'logs/triton.log'), 'x'.repeat(1500));
	const clean = (...flags: string[]) => run([...program, 'clean', ...flags], {XDG_CACHE_HOME: home}).ended;
	const dry = await clean('--dry-run');
	t.is(dry.stdout, `would remove ${cache}/logs (1.5 kB)\nwould remove 1.5 kB in all\n`);
	t.deepEqual(await readdir(cache), ['logs']);
	t.is((await clean()).stdout, `removed ${cache}/logs (1.5 kB)\nremoved 1.5 kB in all\n`);
	t.deepEqual(await readdir(cache), []);
});
