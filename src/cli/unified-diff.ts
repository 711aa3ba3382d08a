import {structuredPatch} from 'diff';

const contextLines = 3;
/** The search for the smallest diff takes time by the square of this; past it the diff is one hunk. */
const maxChangedLines = 2_000;

interface Hunk {
	/** First line of the hunk, counted from 1. */
	readonly oldStart: number;
	readonly oldLines: number;
	readonly newStart: number;
	readonly newLines: number;
	/** With ` `, `-`, `+` or `\` in front. */
	readonly lines: readonly string[];
}

/**
 * The change as a unified diff that `git apply` and `patch -p1` take; empty where the texts are equal.
 * @param path relative to where the diff is applied
 */
export function unifiedDiff(path: string, before: string, after: string): string {
	if (before === after) {
		return '';
	}

	const options = {context: contextLines, maxEditLength: maxChangedLines};
	const hunks = structuredPatch('', '', before, after, '', '', options)?.hunks ?? [oneHunk(before, after)];
	const header = [`--- ${quoted(`a/${path}`)}`, `+++ ${quoted(`b/${path}`)}`];
	return [...header, ...hunks.flatMap(linesOf)].map(line => `${line}\n`).join('');
}

function linesOf({oldStart, oldLines, newStart, newLines, lines}: Hunk): string[] {
	// A side without lines is named by the line before it.
	const span = (start: number, numLines: number) => `${numLines === 0 ? start - 1 : start},${numLines}`;
	return [`@@ -${span(oldStart, oldLines)} +${span(newStart, newLines)} @@`, ...lines];
}

/** Everything between the common first lines and the common last ones. */
function oneHunk(before: string, after: string): Hunk {
	const [old, edited] = [splitLines(before), splitLines(after)];
	const shorter = Math.min(old.length, edited.length);
	let start = 0;
	while (start < shorter && old[start] === edited[start]) {
		start += 1;
	}

	let numLast = 0;
	while (numLast < shorter - start && old.at(-1 - numLast) === edited.at(-1 - numLast)) {
		numLast += 1;
	}

	const first = Math.max(0, start - contextLines);
	const numAfter = Math.min(contextLines, numLast);
	const [oldEnd, newEnd] = [old.length - numLast, edited.length - numLast];
	const lines = [
		...old.slice(first, start).map(line => ` ${line}`),
		...old.slice(start, oldEnd).map(line => `-${line}`),
		...edited.slice(start, newEnd).map(line => `+${line}`),
		...old.slice(oldEnd, oldEnd + numAfter).map(line => ` ${line}`),
	];
	const [oldLines, newLines] = [oldEnd + numAfter - first, newEnd + numAfter - first];
	return {
		oldStart: first + 1,
		oldLines,
		newStart: first + 1,
		newLines,
		lines: lines.map(line =>
			line.endsWith('\n') ? line.slice(0, -1) : `${line}\n\\ No newline at end of file`,
		),
	};
}

/** Each with its ending; the last may have none. */
function splitLines(text: string): string[] {
	const lines = text.split('\n').map(line => `${line}\n`);
	const last = lines.pop()!.slice(0, -1);
	return last === '' ? lines : [...lines, last];
}

/** As git writes the names that would end too early: in C's string syntax, or with a tab behind. */
function quoted(name: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
	if (!/["\\\u0000-\u001f\u007f]/.test(name)) {
		return name.includes(' ') ? `${name}\t` : name;
	}

	const escaped = [...Buffer.from(name)].map(byte => {
		const character = String.fromCharCode(byte);
		const isPlain = byte >= 0x20 && byte < 0x7f && character !== '"' && character !== '\\';
		return isPlain ? character : `\\${byte.toString(8).padStart(3, '0')}`;
	});
	return `"${escaped.join('')}"`;
}
