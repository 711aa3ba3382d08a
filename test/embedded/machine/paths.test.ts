import {existsSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {defaultCacheDirectory, helperScript, repositoryRoot} from '../../../src/embedded/machine/paths.ts';

test('the cache lies below XDG_CACHE_HOME, and below the home directory where that is absent or relative', t => {
	t.is(defaultCacheDirectory({XDG_CACHE_HOME: '/var/cache'}), '/var/cache/redraft');
	for (const XDG_CACHE_HOME of [undefined, '', 'relative/cache']) {
		t.is(defaultCacheDirectory({XDG_CACHE_HOME}), join(homedir(), '.cache/redraft'));
	}
});

test('the root of the clone and the Python helpers are found', t => {
	t.true(existsSync(join(repositoryRoot, 'package.json')));
	t.true(existsSync(helperScript('process/launch.py')));
});
