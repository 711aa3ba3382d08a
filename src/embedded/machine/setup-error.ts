/** Something that the embedded model needs could not be set up. The message says what to do, where known. */
export class SetupError extends Error {
	override readonly name = 'SetupError';
}

/** Triton ended before it was ready, or was not ready in time. The message carries the end of its log. */
export class TritonStartError extends Error {
	override readonly name = 'TritonStartError';

	/** @param logTail last lines of the log, oldest first */
	constructor(
		what: string,
		readonly logFile: string,
		readonly logTail: readonly string[],
	) {
		super(`${what}; last lines of ${logFile}:\n${logTail.map(line => `    ${line}`).join('\n')}`);
	}
}

/** Reports what a set-up is doing, one line a call. */
export type OnProgress = (line: string) => void;
