import {readFileSync} from 'node:fs';
import {fenceFor} from '../../src/edit/fence.ts';
import type {LoadedVocabulary} from './load-vocabulary.ts';
import {makeUpdateSnippet} from './update-snippet.ts';

/** One line of an input file. */
export interface EditRecord {
	readonly before: string;
	readonly after: string;
	readonly language: string;
	readonly path: string;
	readonly message: string;
}

/** An edit as the service frames it: the draft and the target are texts with their closing fence and end token. */
export interface ReplayEdit {
	readonly path: string;
	/** The file before, its final line ending stripped. */
	readonly original: string;
	readonly update: string | undefined;
	/** The commit message. */
	readonly instruction: string;
	/** Newline and closing fence. */
	readonly closing: string;
	readonly prompt: readonly number[];
	/** Ids of the original with closing and end token. */
	readonly draft: readonly number[];
	/** Ids of the committed file with closing and end token: what a perfect model would write. */
	readonly target: readonly number[];
}

export function readRecords(paths: readonly string[]): EditRecord[] {
	return paths.flatMap(path =>
		readFileSync(path, 'utf8')
			.split('\n')
			.filter(line => line.trim() !== '')
			.map(line => JSON.parse(line) as EditRecord),
	);
}

export function frameEdit(record: EditRecord, vocabulary: LoadedVocabulary, hasUpdate: boolean): ReplayEdit {
	const fence = fenceFor([record.before, record.after]);
	const closing = `\n${fence}`;
	const original = stripFinalNewline(record.before);
	const target = stripFinalNewline(record.after);
	const update = hasUpdate ? makeUpdateSnippet(original, target, record.path) : undefined;
	const draft = vocabulary.encode(original + closing);
	const block = (text: string) => `${fence}${record.language}\n${text}`;
	const prompt = [
		...vocabulary.encode(`File: ${record.path}\n\n${block('')}`),
		...draft,
		...vocabulary.encode(`\n\n${update === undefined ? '' : `Update:\n\n${block(update)}${closing}\n\n`}`),
		...vocabulary.encode(`Instruction: ${record.message}\n${block('')}`),
	];
	return {
		path: record.path,
		original,
		update,
		instruction: record.message,
		closing,
		prompt,
		draft: [...draft, vocabulary.endToken],
		target: [...vocabulary.encode(target + closing), vocabulary.endToken],
	};
}

function stripFinalNewline(text: string): string {
	return text.replace(/\r?\n$/, '');
}
