/** Writes one event as a line of JSON to stderr. */
export function log(
	level: 'info' | 'warning' | 'error',
	event: string,
	fields: Record<string, unknown> = {},
): void {
	const {error, ...rest} = fields;
	const cause =
		error instanceof Error
			? {error: error.stack ?? error.message}
			: error === undefined
				? {}
				: {error: String(error)};
	process.stderr.write(
		`${JSON.stringify({time: new Date().toISOString(), level, event, ...rest, ...cause})}\n`,
	);
}
