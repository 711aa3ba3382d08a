import {type ChildProcess, spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {defaultCacheDirectory, repositoryRoot} from '../../src/embedded/machine/paths.ts';
import {killAll} from '../../src/embedded/process/process-table.ts';

/** A program that a user started, with everything that it started in turn. */
export interface StartedProgram {
	/** Leads a process group of its own, as under a shell. */
	readonly child: ChildProcess;
	/** Standard output and error so far. */
	output(): string;
	/** Pids and command lines of what runs, the program itself included. */
	processes(): ReadonlyMap<number, string>;
	/** The exit code, or the signal. */
	readonly ended: Promise<number | NodeJS.Signals>;
}

const markerName = 'REDRAFT_TEST_MARKER';

export function startProgram(
	t: Pick<ExecutionContext, 'teardown'>,
	[command = '', ...args]: readonly string[],
	env: NodeJS.ProcessEnv,
	cwd = repositoryRoot,
): StartedProgram {
	const marker = `${markerName}=${randomBytes(8).toString('hex')}`;
	const child = spawn(command, args, {
		cwd,
		// A test may itself run under npm.
		env: {...withoutNpm(process.env), ...env, [markerName]: marker.slice(markerName.length + 1)},
		stdio: ['ignore', 'pipe', 'pipe'],
		detached: true,
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.on('data', data => {
			output += data;
		});
	}

	const processes = () => processesWith(marker);
	t.teardown(() => killAll([...processes().keys()]));
	const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
	return {child, output: () => output, processes, ended};
}

function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('npm_')));
}

function processesWith(marker: string): Map<number, string> {
	const found = new Map<number, string>();
	for (const name of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
		if (read(`/proc/${name}/environ`).split('\0').includes(marker)) {
			found.set(Number(name), read(`/proc/${name}/cmdline`).replaceAll('\0', ' '));
		}
	}

	return found;
}

function read(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		// It has ended meanwhile.
		return '';
	}
}

/** Waits until a condition holds; the test's own time-out ends it. */
export async function eventually(condition: () => boolean): Promise<void> {
	while (!condition()) {
		await delay(50);
	}
}

/**
 * An empty home directory whose cache holds what is set up already: the Python environments and the models.
 * @returns the environment of a program that writes there and to no other home
 */
export function emptyHome(t: ExecutionContext) {
	const home = mkdtempSync(path.join(tmpdir(), 'redraft-home-'));
	t.teardown(() => rmSync(home, {recursive: true, force: true, maxRetries: 5}));
	const [cache, temporary] = [path.join(home, '.cache/redraft'), path.join(home, 'tmp')];
	mkdirSync(cache, {recursive: true});
	mkdirSync(temporary);
	const ready = defaultCacheDirectory();
	for (const name of readdirSync(ready).filter(name => /^(venv-|models$)/.test(name))) {
		symlinkSync(path.join(ready, name), path.join(cache, name));
	}

	const env = {HOME: home, TMPDIR: temporary, XDG_CACHE_HOME: path.join(home, '.cache')};
	return {home, cache, temporary, env};
}
