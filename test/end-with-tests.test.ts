import {execFile} from 'node:child_process';
import {mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {repositoryRoot} from '../src/embedded/machine/paths.ts';

const run = promisify(execFile);
const testFile = `
import {createServer} from 'node:net';
import test from 'ava';
test('a server is left open', t => void t.truthy(createServer().listen(0)));
`;

test('a test file whose process is held open ends all the same, and is told with what holds it', async t => {
	const directory = await mkdtemp(path.join(tmpdir(), 'redraft-held-'));
	t.teardown(() => rm(directory, {recursive: true}));
	await symlink(path.join(repositoryRoot, 'node_modules'), path.join(directory, 'node_modules'));
	const require = [path.join(repositoryRoot, 'test/end-with-tests.mjs')];
	const ava = {workerThreads: false, timeout: '1m', require};
	await writeFile(path.join(directory, 'package.json'), JSON.stringify({type: 'module', ava}));
	await writeFile(path.join(directory, 'test.js'), testFile);
	const cli = path.join(repositoryRoot, 'node_modules/ava/entrypoints/cli.mjs');
	const {stdout, stderr} = await run(process.execPath, [cli, '--tap'], {cwd: directory});
	t.regex(stdout, /# pass 1/);
	t.regex(stderr, /test\.js: expected its process to end with its tests.*'Server at port \d+'/s);
});
