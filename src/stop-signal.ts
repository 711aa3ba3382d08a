import {constants} from 'node:os';

const signals = ['SIGINT', 'SIGTERM'] as const;

/** npm passes on what a terminal or `kill` has sent to the whole group, so that it comes twice. */
const repeatMs = 1000;
const watchMs = 200;

/** The reason of an abort: the program was asked to end. */
export class StoppedError extends Error {
	override readonly name = 'StoppedError';
	/** As a shell reports the end by a signal: 128 and its number. */
	readonly exitCode: number;

	constructor(readonly signal: NodeJS.Signals) {
		super(`stopped by ${signal}`);
		this.exitCode = 128 + constants.signals[signal];
	}
}

/**
 * Aborts with a `StoppedError` when the program is asked to end: on SIGINT, on SIGTERM and, under npm or npx, when
 * the shell between has ended, which takes the signal and passes nothing on. Whoever asks a second time no longer
 * wants to wait: the program exits at once.
 */
export function stopSignal(): AbortSignal {
	const controller = new AbortController();
	let startMs = 0;
	const stop = (signal: NodeJS.Signals) => {
		if (!controller.signal.aborted) {
			startMs = performance.now();
			controller.abort(new StoppedError(signal));
		} else if (performance.now() - startMs > repeatMs) {
			process.exit(new StoppedError(signal).exitCode);
		}
	};
	for (const signal of signals) {
		process.on(signal, stop);
	}

	if (process.env.npm_lifecycle_event !== undefined) {
		watchParent(() => stop('SIGTERM'));
	}

	return controller.signal;
}

function watchParent(onEnd: () => void): void {
	const parent = process.ppid;
	const timer = setInterval(() => {
		if (process.ppid !== parent) {
			clearInterval(timer);
			onEnd();
		}
	}, watchMs).unref();
}
