import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import {createInterface} from 'node:readline';
import {helperScript} from '../machine/paths.ts';
import {SetupError} from '../machine/setup-error.ts';

/** How a lock is taken. */
export interface LockOptions {
	/** Any Python 3; it holds the lock, as Node has no flock(2). */
	readonly python: string;
	/** Created where missing, never removed. */
	readonly file: string;
	/** Called once if another process holds the lock. */
	readonly onWait?: () => void;
	readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `action` while no other process on this machine holds the same lock. A killed holder frees it at once.
 * @throws the signal's reason, if it aborts while waiting
 */
export async function withLock<T>(options: LockOptions, action: () => Promise<T>): Promise<T> {
	const {python, file, onWait, signal} = options;
	signal?.throwIfAborted();
	await mkdir(dirname(file), {recursive: true});
	const holder = spawn(python, ['-I', '-S', helperScript('process/hold_lock.py'), file], {
		stdio: ['pipe', 'pipe', 'inherit'],
		detached: true,
	});
	const ended = once(holder, 'exit');
	// Awaited below; a failure before that must not count as unhandled.
	ended.catch(() => {});
	const abort = () => holder.kill('SIGKILL');
	signal?.addEventListener('abort', abort, {once: true});
	try {
		let isHeld = false;
		for await (const line of createInterface({input: holder.stdout})) {
			if (line === 'waiting') {
				onWait?.();
			}
			isHeld = line === 'held';
			if (isHeld) {
				break;
			}
		}
		signal?.throwIfAborted();
		if (!isHeld) {
			throw new SetupError(`lock ${file}: expected to be held, but its holder ended`);
		}
		// From here on the action itself watches the signal, and keeps the lock until it has stopped.
		signal?.removeEventListener('abort', abort);
		return await action();
	} finally {
		signal?.removeEventListener('abort', abort);
		holder.kill('SIGKILL');
		await ended;
	}
}
