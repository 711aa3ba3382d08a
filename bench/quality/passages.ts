import {createHash} from 'node:crypto';
import {checkEditRequest} from '../../src/edit/edit-request.ts';
import {buildPrompt, splitFileEnding} from '../../src/edit/prompt.ts';
import {suggestAnswer} from '../../src/edit/suggest-answer.ts';
import type {LoadedModel} from '../../src/model/loaded-model.ts';
import type {Case} from '../evaluate/cases.ts';
import {sum} from '../sum.ts';

/** A text that a model is judged on: what it would write in the place of each token, given those before. */
export interface Passage {
	/** Of the tokens, by which judgements are found again. */
	readonly key: string;
	/** Name of the evaluation set, or `codeSet`. */
	readonly set: string;
	readonly prompt: readonly number[];
	readonly text: readonly number[];
}

/** Set of the passages that are code alone, without a request. */
export const codeSet = 'code';
/** Of a file, from its beginning. */
const maxCodeTokens = 512;

/** The right answer of an edit, closing fence and end token included, behind the prompt that the service makes of it. */
export async function answerPassage(edit: Case, model: LoadedModel): Promise<Passage> {
	const {tokenizer, preset, endToken} = model;
	const {before: original, instruction, update, language, after} = edit;
	const request = checkEditRequest({original, instruction, language, ...(update && {update})});
	const suggestion = await suggestAnswer(request.original, request.update);
	const prompt = buildPrompt(tokenizer, preset, {...request, suggestion});
	const [text] = splitFileEnding(after);
	return passage(edit.set, prompt.tokens, [...tokenizer.encode(text + prompt.closing), endToken]);
}

/** The files of the edits from their beginnings, each once, up to so many tokens in all. */
export function codePassages(cases: readonly Case[], {tokenizer}: LoadedModel, maxTokens: number): Passage[] {
	const passages: Passage[] = [];
	let numTokens = 0;
	for (const file of new Set(cases.map(({before}) => before))) {
		const [first, ...rest] = tokenizer.encode(file).slice(0, maxCodeTokens);
		numTokens += rest.length + 1;
		if (numTokens > maxTokens) {
			break;
		}

		if (first !== undefined && rest.length > 0) {
			passages.push(passage(codeSet, [first], rest));
		}
	}

	return passages;
}

/** Tokens that a passage has the model read. */
export const lengthOf = ({prompt, text}: Passage): number => prompt.length + text.length;

/** In an order in which every set is given as many tokens, wherever it is cut. */
export function inEqualShares(passages: readonly Passage[]): Passage[] {
	const spent = new Map<string, number>();
	const placed = passages.map(one => {
		const tokens = (spent.get(one.set) ?? 0) + lengthOf(one);
		spent.set(one.set, tokens);
		return {one, tokens};
	});
	return placed.toSorted((left, right) => left.tokens - right.tokens).map(({one}) => one);
}

/** The first passages that have no more tokens together. */
export function firstTokens(passages: readonly Passage[], maxTokens: number): Passage[] {
	return passages.filter((_, i) => sum(passages.slice(0, i + 1), lengthOf) <= maxTokens);
}

function passage(set: string, prompt: readonly number[], text: readonly number[]): Passage {
	const key = createHash('sha256')
		.update(JSON.stringify([prompt, text]))
		.digest('hex')
		.slice(0, 16);
	return {key, set, prompt, text};
}
