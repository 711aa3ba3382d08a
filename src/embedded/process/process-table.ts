import {readdirSync, readFileSync} from 'node:fs';

/** A process for good: a pid alone may have been given to another process since. */
export interface ProcessIdentity {
	readonly pid: number;
	/** Clock ticks since boot; null where it could not be read. */
	readonly startTime: number | null;
}

function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}

/** Start of a process in clock ticks since boot; undefined where there is no such process. */
export function startTimeOf(pid: number): number | undefined {
	const stat = read(`/proc/${pid}/stat`);
	// The command's name stands in brackets and may itself hold spaces and brackets.
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return stat ? Number(fields[19]) : undefined;
}

/** Whether exactly this process still exists, and not another one under the same pid. */
export function isSameProcess({pid, startTime}: ProcessIdentity): boolean {
	return startTime !== null && startTimeOf(pid) === startTime;
}

/** Whether a process runs; false for one that has ended and merely waits to be reaped. */
export function isRunning(pid: number): boolean {
	return read(`/proc/${pid}/cmdline`) !== '';
}

/** Pids of running processes with `text` somewhere in their command line, this process left out. */
export function processesMentioning(text: string): number[] {
	return readdirSync('/proc')
		.filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
		.filter(name => read(`/proc/${name}/cmdline`).includes(text))
		.map(Number);
}

/** Kills processes that may be gone already. */
export function killAll(pids: readonly number[]): void {
	for (const pid of pids) {
		try {
			process.kill(pid, 'SIGKILL');
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
				throw error;
			}
		}
	}
}
