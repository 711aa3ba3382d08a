import {styleText} from 'node:util';

const colors = {'+': 'green', '-': 'red', '@': 'cyan'} as const;

/** A diff as a terminal shows it: as it is where standard output is none, or the user wants no colours. */
export function coloredDiff(diff: string): string {
	if (!process.stdout.isTTY || process.env.NO_COLOR) {
		return diff;
	}

	const paint = (line: string) => {
		const color = colors[line[0] as keyof typeof colors];
		return color === undefined ? line : styleText(color, line);
	};
	return diff.split('\n').map(paint).join('\n');
}
