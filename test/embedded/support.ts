import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';

/** A folder that is removed when the test ends. */
export async function temporaryDirectory(t: ExecutionContext): Promise<string> {
	const directory = await mkdtemp(join(tmpdir(), 'redraft-test-'));
	t.teardown(() => rm(directory, {recursive: true, force: true, maxRetries: 5}));
	return directory;
}

/** Waits until `condition` holds. Fails after `timeoutMs`. */
export async function until(what: string, condition: () => boolean, timeoutMs = 120_000): Promise<void> {
	const endMs = performance.now() + timeoutMs;
	while (!condition()) {
		if (performance.now() > endMs) {
			throw new Error(`expected ${what} within ${timeoutMs} ms`);
		}
		await delay(20);
	}
}

/** A Node process of its own that runs one of the scripts of `parents/`, to be killed by the test. */
export interface Parent {
	readonly child: ChildProcess;
	/** The next line of its standard output. */
	nextLine(): Promise<string>;
	readonly exited: Promise<unknown>;
}

/** Starts a script in a process group of its own, as a terminal does. */
export function startParent(
	t: ExecutionContext,
	script: string,
	args: readonly string[],
	env: NodeJS.ProcessEnv = process.env,
): Parent {
	const path = fileURLToPath(new URL(`parents/${script}`, import.meta.url));
	const child = spawn(process.execPath, ['--import=tsx/esm', path, ...args], {
		stdio: ['ignore', 'pipe', 'inherit'],
		detached: true,
		env,
	});
	const exited = once(child, 'exit');
	t.teardown(async () => {
		child.kill('SIGKILL');
		await exited;
	});
	const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
	const nextLine = async () => {
		const {value, done} = await lines.next();
		if (done) {
			throw new Error(`expected another line of ${script}, but it ended`);
		}
		return value;
	};
	return {child, nextLine, exited};
}
