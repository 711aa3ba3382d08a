import {pino} from 'pino';
import {currentScope} from './edit-scope.ts';
import {LineWriter} from './line-writer.ts';

export const logLevels = ['info', 'warning', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Lines that wait for a slow or full log; what comes beyond is dropped, the service goes on. */
const maxWaitingBytes = 1 << 20;

const logger = pino(
	{
		customLevels: {info: 30, warning: 40, error: 50},
		useOnlyCustomLevels: true,
		// Nothing is written before `setLogLevel`: a program that embeds the service keeps its stderr to itself.
		level: 'silent',
		base: null,
		messageKey: 'event',
		timestamp: () => `,"time":"${new Date().toISOString()}"`,
		formatters: {level: level => ({level})},
	},
	new LineWriter(2, maxWaitingBytes),
);

export function setLogLevel(level: LogLevel): void {
	logger.level = level;
}

/**
 * Writes one event as a line of JSON to stderr; inside an edit with its `editId` and `traceId`. An `error` among
 * the fields is written with its stack. Fields never hold a caller's text: a failure that may quote it goes
 * through `stackOf`.
 */
export function log(
	level: Exclude<LogLevel, 'silent'>,
	event: string,
	fields: Record<string, unknown> = {},
): void {
	if (!logger.isLevelEnabled(level)) {
		return;
	}

	const {error, ...rest} = fields;
	const {editId, traceId} = currentScope() ?? {};
	const cause = error === undefined ? {} : {error: error instanceof Error ? error.stack : String(error)};
	logger[level]({editId, traceId, ...rest, ...cause}, event);
}

/** Kind and place of an unexpected error, without its message, which may quote a caller's text. */
export function stackOf(error: unknown): string {
	if (!(error instanceof Error)) {
		return typeof error;
	}

	const frames = (error.stack ?? '').split('\n').filter(line => line.startsWith('    at '));
	return [error.name, ...frames].join('\n');
}
