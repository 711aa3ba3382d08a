export const logLevels = ['info', 'warning', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

let lowest: LogLevel = 'silent';

/** Nothing is written before the first call: a program that embeds the service keeps its stderr to itself. */
export function setLogLevel(level: LogLevel): void {
	lowest = level;
}

/** Writes one event as a line of JSON to stderr. An `error` among the fields is written with its stack. */
export function log(
	level: Exclude<LogLevel, 'silent'>,
	event: string,
	fields: Record<string, unknown> = {},
): void {
	if (logLevels.indexOf(level) < logLevels.indexOf(lowest)) {
		return;
	}

	const {error, ...rest} = fields;
	const cause = error === undefined ? {} : {error: error instanceof Error ? error.stack : String(error)};
	const line = JSON.stringify({time: new Date().toISOString(), level, event, ...rest, ...cause});
	process.stderr.write(`${line}\n`);
}
