import {coloredDiff} from './diff-colors.ts';
import type {FileProgress} from './edit-file.ts';
import {UnifiedDiff} from './unified-diff.ts';

/** Prints the diff of one file while the edit arrives: each hunk when it is complete. */
export function liveDiff(): FileProgress {
	let diff: UnifiedDiff | undefined;
	const print = (hunks: string) => {
		if (hunks !== '') {
			process.stdout.write(coloredDiff(hunks));
		}
	};
	return {
		start: ({path, text}) => {
			diff = new UnifiedDiff(path, text);
		},
		advance: ({operations}) => print(diff?.push(operations) ?? ''),
		end: () => print(diff?.end() ?? ''),
	};
}
