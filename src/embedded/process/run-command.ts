import {createInterface} from 'node:readline';
import {SetupError} from '../machine/setup-error.ts';
import {describeEnd, supervise} from './supervised-process.ts';

/** A set-up step that runs to its end. */
export interface RunCommandOptions {
	/** Interpreter for the launcher: Python 3.11 or later. */
	readonly python: string;
	readonly command: readonly string[];
	/** Variables beside those of `pythonEnvironmentVariables`. */
	readonly env?: Readonly<Record<string, string>>;
	/** Subject of the error message, such as `pip`. */
	readonly what: string;
	readonly onLine?: ((line: string) => void) | undefined;
	readonly signal?: AbortSignal | undefined;
}

const numErrorLines = 20;

/** This process's environment without what would lead another Python astray. */
export function pythonEnvironmentVariables(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
	const kept = Object.entries(env).filter(([name]) => !/^(PYTHON|VIRTUAL_ENV$|__PYVENV)/.test(name));
	return {
		...Object.fromEntries(kept),
		PYTHONNOUSERSITE: '1',
		PYTHONUNBUFFERED: '1',
		HF_HUB_OFFLINE: '1',
		// Its bars are redrawn in place, which reads badly line by line.
		TQDM_DISABLE: '1',
	};
}

/**
 * Runs a command to its end and returns the lines of its output, standard error among them.
 * The command dies with this process and when `signal` aborts.
 * @throws {SetupError} with the last 20 lines, if the exit code is not 0
 * @throws the signal's reason, if it aborts
 */
export async function runCommand(options: RunCommandOptions): Promise<readonly string[]> {
	const {python, command, what, onLine, signal} = options;
	signal?.throwIfAborted();
	const env = {...pythonEnvironmentVariables(), ...options.env};
	const running = await supervise({python, command, env, output: 'pipe'});
	const lines: string[] = [];
	const collect = (line: string) => {
		lines.push(line);
		onLine?.(line);
	};
	createInterface({input: running.child.stdout!}).on('line', collect);
	createInterface({input: running.child.stderr!}).on('line', collect);
	const abort = () => void running.stop();
	signal?.addEventListener('abort', abort, {once: true});
	if (signal?.aborted) {
		abort();
	}
	const end = await running.exited;
	signal?.removeEventListener('abort', abort);
	signal?.throwIfAborted();
	if (end.code !== 0) {
		const tail = lines.slice(-numErrorLines).map(line => `    ${line}`);
		throw new SetupError(`${what} ${describeEnd(end)}; the last lines of its output:\n${tail.join('\n')}`);
	}

	return lines;
}
