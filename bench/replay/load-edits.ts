import {readFileSync} from 'node:fs';
import {resolveLanguage} from '../../src/edit/languages.ts';
import {buildPrompt, type Prompt, splitFileEnding} from '../../src/edit/prompt.ts';
import {suggestAnswer} from '../../src/edit/suggest-answer.ts';
import type {LoadedModel} from '../../src/model/loaded-model.ts';
import {makeUpdateSnippet} from './update-snippet.ts';

/** One line of an input file. */
export interface EditRecord {
	readonly before: string;
	readonly after: string;
	readonly path: string;
	readonly message: string;
}

/** An edit as the service frames it: prompt, and texts with their closing fence and end token. */
export interface ReplayEdit {
	readonly path: string;
	readonly update: string | undefined;
	/** The commit message. */
	readonly instruction: string;
	readonly prompt: Prompt;
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

export async function frameEdit(
	record: EditRecord,
	model: LoadedModel,
	hasUpdate: boolean,
): Promise<ReplayEdit> {
	const {tokenizer, preset, endToken} = model;
	const {path, message: instruction} = record;
	const [before, after] = [record.before, record.after].map(text => splitFileEnding(text)[0]) as [
		string,
		string,
	];
	const update = hasUpdate ? makeUpdateSnippet(before, after, path) : undefined;
	const language = resolveLanguage({path}).tag;
	const prompt = buildPrompt(tokenizer, preset, {
		original: record.before,
		instruction,
		update,
		suggestion: await suggestAnswer(record.before, update),
		language,
		path,
	});
	const answer = (text: string) => [...tokenizer.encode(text + prompt.closing), endToken];
	return {path, update, instruction, prompt, draft: answer(before), target: answer(after)};
}
