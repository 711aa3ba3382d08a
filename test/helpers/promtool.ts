import {execFile, spawn} from 'node:child_process';
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {text} from 'node:stream/consumers';
import {promisify} from 'node:util';
import type {ExecutionContext} from 'ava';

const run = promisify(execFile);

/** Debian packages that bring it, the newest release's first. */
const packages = ['promtool', 'prometheus'];

/**
 * Lints a page of metrics by Prometheus' own tool: the machine's, or one unpacked out of Debian's package.
 * @returns what it found; undefined, with a notice in the test's log, where the tool cannot be had
 */
export async function checkMetrics(t: ExecutionContext, page: string): Promise<string | undefined> {
	const promtool = await findPromtool(t);
	if (promtool === undefined) {
		t.log('promtool: neither on this machine nor to be had as a Debian package; the page was not linted');
		return undefined;
	}

	const child = spawn(promtool, ['check', 'metrics'], {stdio: ['pipe', 'pipe', 'pipe']});
	child.stdin.end(page);
	const found = await Promise.all([text(child.stdout), text(child.stderr)]);
	return found.join('');
}

async function findPromtool(t: ExecutionContext): Promise<string | undefined> {
	const isInstalled = await run('promtool', ['--version'])
		.then(() => true)
		.catch(() => false);
	if (isInstalled) {
		return 'promtool';
	}

	const folder = await mkdtemp(path.join(tmpdir(), 'redraft-test-'));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	for (const name of packages) {
		const promtool = await unpack(name, folder).catch(() => undefined);
		if (promtool !== undefined) {
			return promtool;
		}
	}

	return undefined;
}

async function unpack(name: string, folder: string): Promise<string> {
	await run('apt-get', ['download', name], {cwd: folder});
	const archive = (await readdir(folder)).find(file => file.endsWith('.deb'))!;
	await run('dpkg-deb', ['-x', archive, folder], {cwd: folder});
	const promtool = path.join(folder, 'usr/bin/promtool');
	await run(promtool, ['--version']);
	return promtool;
}
