import {relative} from 'node:path';
import type {LineOperation} from '../grpc/client.ts';

const numContextLines = 3;

/** Lines that were changed one after another, with what stays between and around them. */
interface Hunk {
	/** First line on each side, counted from 0. */
	readonly oldStart: number;
	readonly newStart: number;
	/** With ` `, `-` or `+` in front. */
	readonly lines: string[];
	numOld: number;
	numNew: number;
}

/**
 * A unified diff that `git apply` and `patch -p1` take, out of the operations of an edit as they come. A hunk is given
 * out when so many lines stay behind it that no other can belong to it.
 */
export class UnifiedDiff {
	readonly #path: string;
	readonly #original: readonly string[];
	/** Lines before the cursor. */
	#numOld = 0;
	#numNew = 0;
	/** Lines that stay since the last change. */
	#numKept = 0;
	#deleted: string[] = [];
	#inserted: string[] = [];
	#hunk: Hunk | undefined;
	#isFirst = true;

	/** @param path of the file; the diff names it relative to the working directory */
	constructor(path: string, original: string) {
		this.#path = relative('', path);
		this.#original = splitLines(original);
	}

	/** @returns the hunks that are complete now, each in whole lines; the first with the file's header */
	push(operations: readonly LineOperation[]): string {
		return operations.map(operation => this.#read(operation)).join('');
	}

	/** The operations are over. @returns the last hunk, where it was open */
	end(): string {
		this.#takeChange();
		return this.#close();
	}

	#read(operation: LineOperation): string {
		switch (operation.operation) {
			case 'keepLines':
				this.#takeChange();
				this.#numKept += operation.keepLines;
				return this.#numKept > 2 * numContextLines ? this.#close() : '';
			case 'deleteLines': {
				const start = this.#numOld + this.#numKept + this.#deleted.length;
				addAll(this.#deleted, this.#original.slice(start, start + operation.deleteLines));
				return '';
			}

			case 'insert':
				addAll(this.#inserted, splitLines(operation.insert));
				return '';
		}
	}

	/** What was deleted stands before what came for it, in whatever order they were told. */
	#takeChange(): void {
		if (this.#deleted.length + this.#inserted.length === 0) {
			return;
		}

		this.#takeKept(this.#hunk ? this.#numKept : numContextLines);
		const hunk = this.#hunk!;
		addAll(hunk.lines, this.#deleted, '-');
		addAll(hunk.lines, this.#inserted, '+');
		hunk.numOld += this.#deleted.length;
		hunk.numNew += this.#inserted.length;
		this.#numOld += this.#deleted.length;
		this.#numNew += this.#inserted.length;
		this.#deleted = [];
		this.#inserted = [];
	}

	/** Passes the lines that stay, of which so many at their end are part of the hunk. */
	#takeKept(maxContext: number): void {
		const numContext = Math.min(this.#numKept, maxContext);
		this.#numOld += this.#numKept;
		this.#numNew += this.#numKept;
		this.#numKept = 0;
		const start = this.#numOld - numContext;
		this.#hunk ??= {oldStart: start, newStart: this.#numNew - numContext, lines: [], numOld: 0, numNew: 0};
		this.#addContext(start, numContext);
	}

	#addContext(start: number, numLines: number): void {
		const hunk = this.#hunk!;
		addAll(hunk.lines, this.#original.slice(start, start + numLines), ' ');
		hunk.numOld += numLines;
		hunk.numNew += numLines;
	}

	#close(): string {
		const hunk = this.#hunk;
		if (hunk === undefined) {
			return '';
		}

		this.#addContext(this.#numOld, Math.min(this.#numKept, numContextLines));
		this.#hunk = undefined;
		const header = this.#isFirst ? headerOf(this.#path) : '';
		this.#isFirst = false;
		return header + textOf(hunk);
	}
}

/** The whole diff of an edit; empty where it changes nothing. */
export function unifiedDiff(path: string, original: string, operations: readonly LineOperation[]): string {
	const diff = new UnifiedDiff(path, original);
	return diff.push(operations) + diff.end();
}

/** There may be more lines than a call takes arguments. */
function addAll(to: string[], lines: readonly string[], mark = ''): void {
	for (const line of lines) {
		to.push(mark + line);
	}
}

const headerOf = (path: string) => `--- ${quoted(`a/${path}`)}\n+++ ${quoted(`b/${path}`)}\n`;

function textOf({oldStart, numOld, newStart, numNew, lines}: Hunk): string {
	// Counted from 1; a side without lines is named by the line before it.
	const span = (start: number, numLines: number) => `${numLines === 0 ? start : start + 1},${numLines}`;
	const header = `@@ -${span(oldStart, numOld)} +${span(newStart, numNew)} @@\n`;
	return header + lines.map(withEnding).join('');
}

const withEnding = (line: string) => (line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`);

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
