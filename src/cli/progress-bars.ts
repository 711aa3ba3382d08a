import cliProgress from 'cli-progress';
import type {FileProgress} from './edit-file.ts';

/** A bar for each file on standard error, where that is a terminal; all are gone at the end. */
export class ProgressBars {
	readonly #bars = new cliProgress.MultiBar(
		{
			stream: process.stderr,
			format: '{path} [{bar}] {value} of about {total} characters',
			clearOnComplete: true,
			hideCursor: true,
		},
		cliProgress.Presets.legacy,
	);

	of(path: string): FileProgress {
		let bar: cliProgress.SingleBar | undefined;
		return {
			start: ({text}) => {
				bar = this.#bars.create(text.length, 0, {path});
			},
			advance: ({text}) => bar?.increment(text.length),
		};
	}

	stop(): void {
		this.#bars.stop();
	}
}
