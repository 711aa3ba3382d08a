import {exitCodes} from './exit-codes.ts';

/** Ends quietly, as other tools do, when the reader of the output has gone, as `head` does. */
export function endWithReader(): void {
	process.stdout.on('error', (error: NodeJS.ErrnoException) => {
		if (error.code === 'EPIPE') {
			process.exit(exitCodes.readerGone);
		}

		throw error;
	});
	// What is said there is lost, the edit is not.
	process.stderr.on('error', () => {});
}
