import {diffArrays} from 'diff';
import {existingCodeMarker, resolveLanguage} from '../../src/edit/languages.ts';

/** Unchanged lines kept on each side of a change. */
const contextLines = 2;

/**
 * The update snippet that a planning model would have written for an edit: the changed lines with a few lines
 * of context, everything else left out behind one marker line. Deterministic from the line diff.
 */
export function makeUpdateSnippet(before: string, after: string, path: string): string {
	const marker = existingCodeMarker(resolveLanguage({path}));
	const lines = after.split('\n');
	const isKept = keptLines(before.split('\n'), lines);
	const out: string[] = [];
	for (const [index, line] of lines.entries()) {
		if (isKept[index]) {
			out.push(line);
		} else if (index === 0 || isKept[index - 1]) {
			out.push(marker);
		}
	}
	return out.join('\n');
}

function keptLines(before: readonly string[], after: readonly string[]): boolean[] {
	const isKept = after.map(() => false);
	let at = 0;
	for (const change of diffArrays([...before], [...after])) {
		const end = change.removed ? at : at + change.value.length;
		if (change.added || change.removed) {
			isKept.fill(true, Math.max(0, at - contextLines), Math.min(after.length, end + contextLines));
		}
		at = end;
	}
	return isKept;
}
