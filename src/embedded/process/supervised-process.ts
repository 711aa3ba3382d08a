import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {constants} from 'node:os';
import {helperScript} from '../machine/paths.ts';

/** What a supervised command is started with. */
export interface SuperviseOptions {
	/** Interpreter that runs the launcher: Python 3.11 or later. */
	readonly python: string;
	readonly command: readonly string[];
	readonly env: NodeJS.ProcessEnv;
	/** Working directory, which is removed at the end. @default this process's own, which stays */
	readonly directory?: string;
	/** Where standard output and error go: a file descriptor, or 'pipe' to read them here. */
	readonly output: number | 'pipe';
	/** File that names the processes while they run; later starts end what it names, should this one be killed. */
	readonly recordFile?: string;
	/** Prefix of shared memory regions to remove at the end. */
	readonly shmPrefix?: string;
	/** Time between SIGTERM and SIGKILL. @default 0, which kills at once */
	readonly graceMs?: number;
}

/** How a process ended: one of the two is null. */
export interface ProcessEnd {
	readonly code: number | null;
	readonly signal: string | null;
}

/** A command that ends with all its children when `stop` is called or when this process dies, however it dies. */
export interface SupervisedProcess {
	readonly child: ChildProcess;
	/** Never rejects. */
	readonly exited: Promise<ProcessEnd>;
	/** Ends the whole process group; safe to call twice. */
	stop(): Promise<ProcessEnd>;
}

/** Beyond the grace period: what the launcher itself may take to kill and clean up. */
const launcherSlackMs = 5_000;

const signalNames = new Map(
	Object.entries(constants.signals).map(([name, number]) => [number as number, name]),
);

function endOf(code: number | null, signal: string | null): ProcessEnd {
	const name = code !== null && code > 128 ? signalNames.get(code - 128) : undefined;
	return name ? {code: null, signal: name} : {code, signal};
}

export function describeEnd({code, signal}: ProcessEnd): string {
	return signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
}

function launcherArguments({
	command,
	recordFile,
	shmPrefix,
	directory,
	graceMs = 0,
}: SuperviseOptions): string[] {
	return [
		// Isolated and without site packages: starts fast and can't be disturbed by the environment.
		...['-I', '-S', helperScript('process/launch.py')],
		...['--grace', String(graceMs / 1000)],
		...(recordFile ? ['--record', recordFile] : []),
		...(shmPrefix ? ['--shm-prefix', shmPrefix] : []),
		...(directory ? ['--directory', directory] : []),
		...['--', ...command],
	];
}

/**
 * Starts a command under the launcher, in a session of its own, so that Ctrl-C reaches this process only.
 * @throws the spawn error if the interpreter can't be started
 */
export async function supervise(options: SuperviseOptions): Promise<SupervisedProcess> {
	const child = spawn(options.python, launcherArguments(options), {
		env: options.env,
		...(options.directory === undefined ? {} : {cwd: options.directory}),
		stdio: ['pipe', options.output, options.output],
		detached: true,
	});
	// The launcher may be gone before its pipe is closed.
	child.stdin?.on('error', () => {});
	const exited = new Promise<ProcessEnd>(resolve => {
		child.once('close', (code, signal) => resolve(endOf(code, signal)));
	});
	await once(child, 'spawn');
	return {child, exited, stop: () => stop(child, exited, options.graceMs ?? 0)};
}

async function stop(child: ChildProcess, exited: Promise<ProcessEnd>, graceMs: number): Promise<ProcessEnd> {
	child.stdin?.end();
	const timer = setTimeout(() => child.kill('SIGKILL'), graceMs + launcherSlackMs);
	try {
		return await exited;
	} finally {
		clearTimeout(timer);
	}
}
