/** What opens and closes a comment in the languages that snippets are written in. */
const opener = String.raw`(?:\/\/+|\/\*+|\{\s*\/\*+|#+|--+|;+|%+|<!--+|\(\*|\{-|"{3}|'|\*|REM\b)`;
const closer = String.raw`(?:\*+\/\s*\}?|--+>|\*\)|-\}|"{3})`;
const ellipsis = String.raw`(?:\.{3,}|…)`;
/** Words that say in a marker that code was left out. */
const leftOut =
	/\b(existing|unchanged|remaining|rest|remains?|same|previous|other|omitted|keep|code|before|above|below)\b/i;
const commented = new RegExp(`^\\s*${opener}\\s*(.*?)\\s*${closer}?\\s*$`, 'i');
const dotted = new RegExp(`^${ellipsis}\\s*(.*?)\\s*${ellipsis}?$|^(.*?)\\s*${ellipsis}$`);

/**
 * Whether a line of an update stands for code left out, as in `// ... existing code ...`. The dots must be in a
 * comment, or the line must say what was left out: three bare dots are a statement in Python.
 */
export function isMarker(line: string): boolean {
	const comment = commented.exec(line)?.[1];
	const content = comment ?? line.trim();
	const dots = dotted.exec(content);
	if (!dots) {
		return false;
	}
	const words = dots[1] ?? dots[2] ?? '';
	return words === '' ? comment !== undefined : leftOut.test(words);
}

/** A run of an update's lines between markers. */
export interface UpdateSegment {
	readonly lines: readonly string[];
	/** Whether a marker stands before the first and behind the last line: code was left out there. */
	readonly isOpenBefore: boolean;
	readonly isOpenBehind: boolean;
}

/** Splits an update at its marker lines. Blank lines next to a marker belong to the marker. */
export function splitUpdate(update: string): UpdateSegment[] {
	const segments: UpdateSegment[] = [];
	let lines: string[] = [];
	let isOpenBefore = false;
	const close = (isOpenBehind: boolean) => {
		if (lines.length > 0) {
			segments.push({lines, isOpenBefore, isOpenBehind});
		}
		lines = [];
		isOpenBefore = isOpenBehind;
	};
	for (const line of update.split('\n')) {
		if (isMarker(line)) {
			close(true);
		} else {
			lines.push(line);
		}
	}
	close(false);
	return segments;
}
