/** What the program ends with, apart from signals: those end it with 128 and their number. */
export const exitCodes = {
	done: 0,
	/** An edit failed and its file is as it was, or the service could not be started. */
	failed: 1,
	/** The command line is wrong; nothing was tried. */
	usage: 2,
	/** Who read the output has gone: 128 and the number of SIGPIPE. */
	readerGone: 141,
} as const;

/** The same for the user. */
export const exitCodeHelp = `
Exit codes:
  0    all files are edited, or need no change
  1    an edit failed, its file is as it was; other files may be edited
  2    the command line is wrong, nothing was tried
  130  stopped by SIGINT, 143 by SIGTERM; files not reported as edited are as they were
  141  the reader of the output has gone`;

/** The command line asks for something that can't be done. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
}
