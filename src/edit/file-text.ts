/** What ends a line. */
export type LineEnding = '\n' | '\r\n' | '\r';

/** A file as the model reads it, and what was taken off it to be put back on the answer. */
export interface FileText {
	/** Without a byte order mark; every line ending is `\n`. */
	readonly text: string;
	readonly hasByteOrderMark: boolean;
	/** Ending of each line that has one, in order. */
	readonly lineEndings: readonly LineEnding[];
	/** Ending of the last line; empty where it has none. */
	readonly finalEnding: LineEnding | '';
}

export const byteOrderMark = '\uFEFF';

export function readFileText(file: string): FileText {
	const hasByteOrderMark = file.startsWith(byteOrderMark);
	const text = toModelText(file);
	const lineEndings = file.match(/\r\n|\n|\r/g) ?? [];
	return {
		text,
		hasByteOrderMark,
		lineEndings: lineEndings as LineEnding[],
		finalEnding: text.endsWith('\n') ? (lineEndings.at(-1) as LineEnding) : '',
	};
}

/** A text as the model reads it: a byte order mark at its start is left out, every line ending is `\n`. */
export function toModelText(text: string): string {
	const body = text.startsWith(byteOrderMark) ? text.slice(byteOrderMark.length) : text;
	return body.includes('\r') ? body.replace(/\r\n?/g, '\n') : body;
}
