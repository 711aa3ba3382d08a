import {randomBytes} from 'node:crypto';
import {Template} from '@huggingface/jinja';
import type {OriginalSpan} from '../draft/prediction/known-lines.ts';
import type {LoadedModel} from '../model/loaded-model.ts';
import type {ModelPreset} from '../model/model-presets.ts';
import {encodePieces, type PromptPiece} from '../tokenizer/prompt-encoder.ts';
import type {Tokenizer} from '../tokenizer/tokenizer.ts';
import {fenceFor} from './fence.ts';
import {findOriginal} from './original-span.ts';
import form from './prompt-form.json' with {type: 'json'};

export interface PromptInput {
	readonly original: string;
	/** May be empty where there is an update. */
	readonly instruction: string;
	/** Snippet with `... existing code ...` markers. */
	readonly update?: string | undefined;
	/** Tag for the fences; empty where the language is not known. */
	readonly language?: string | undefined;
	readonly path?: string | undefined;
}

export interface Prompt {
	/** Ends with the opened fence, so that the model's first token is the first of the file. */
	readonly tokens: readonly number[];
	readonly fence: string;
	/** The original without its final line ending: what the model writes if nothing changes. */
	readonly original: string;
	/** The tokens that hold it. */
	readonly originalSpan: OriginalSpan;
	/** What the model writes after the file: a line break and the fence. */
	readonly closing: string;
	/** Line ending that the file has behind its last line; to be put back after the answer. */
	readonly fileEnding: string;
}

/**
 * The prompt of one edit, encoded at once, however long it is. User text is encoded apart from the template, so that
 * it can't hold special tokens.
 * @throws {UnencodableTextError} an input holds text that the vocabulary can't write
 */
export function buildPrompt(tokenizer: Tokenizer, preset: ModelPreset, input: PromptInput): Prompt {
	const frame = framePrompt(tokenizer, preset, input);
	return assemble(frame, encodePieces(tokenizer, frame.pieces, Number.POSITIVE_INFINITY), tokenizer);
}

/**
 * The prompt of one edit, encoded by the model's encoder.
 * @throws {TooManyTokensError} it does not fit the model's context
 * @throws {UnencodableTextError} an input holds text that the vocabulary can't write
 */
export async function encodePrompt(
	{tokenizer, preset, encoder, contextTokens}: LoadedModel,
	input: PromptInput,
	signal: AbortSignal,
): Promise<Prompt> {
	const frame = framePrompt(tokenizer, preset, input);
	return assemble(frame, await encoder.encode(frame.pieces, contextTokens, signal), tokenizer);
}

/** A prompt that is still text. */
interface PromptFrame {
	readonly pieces: readonly PromptPiece[];
	readonly addsBos: boolean;
	readonly fence: string;
	readonly original: string;
	readonly fileEnding: string;
	/** The piece that holds the user's message, and the bytes of it that stand before the original. */
	readonly userPiece: number;
	readonly bytesBefore: number;
}

function framePrompt(tokenizer: Tokenizer, preset: ModelPreset, input: PromptInput): PromptFrame {
	const {original, instruction, update = '', path = ''} = input;
	const fence = fenceFor([original, instruction, update, path]);
	const {content, beforeOriginal} = userContent(input, fence);
	const answer = fill(form.answer, {fence, language: input.language ?? ''});
	const [text, fileEnding] = splitFileEnding(original);
	const shared = {addsBos: preset.addsBos, fence, original: text, fileEnding};
	if (preset.template === 'raw') {
		const system = `${form.system}\n\n`;
		return {
			...shared,
			pieces: [{text: `${system}${content}\n\n${answer}`, isTemplate: false}],
			userPiece: 0,
			bytesBefore: Buffer.byteLength(system + beforeOriginal),
		};
	}

	const [before, after] = renderAround(tokenizer, preset);
	return {
		...shared,
		pieces: [
			{text: before, isTemplate: true},
			{text: content, isTemplate: false},
			{text: after + answer, isTemplate: true},
		],
		userPiece: 1,
		bytesBefore: Buffer.byteLength(beforeOriginal),
	};
}

/** @param encoded ids of each piece */
function assemble(
	{addsBos, fence, original, fileEnding, userPiece, bytesBefore}: PromptFrame,
	encoded: readonly (readonly number[])[],
	tokenizer: Tokenizer,
): Prompt {
	const joined = encoded.flat();
	const tokens = addsBos ? withBos(tokenizer, joined) : joined;
	const from = encoded.slice(0, userPiece).flat().length + tokens.length - joined.length;
	const end = bytesBefore + Buffer.byteLength(original);
	return {
		tokens,
		fence,
		original,
		originalSpan: findOriginal(tokenizer, tokens, {from, start: bytesBefore, end}),
		closing: closingOf(fence),
		fileEnding,
	};
}

/**
 * A text and its final line ending. The ending takes in every carriage return before it, so that the text can't
 * end with one: before the fence's line break it would be read as part of that.
 */
export function splitFileEnding(text: string): [text: string, ending: string] {
	let end = text.endsWith('\n') ? text.length - 1 : text.length;
	while (text[end - 1] === '\r') {
		end--;
	}

	return [text.slice(0, end), text.slice(end)];
}

function closingOf(fence: string): string {
	return fill(form.answerEnd, {fence});
}

/** The user's message, and its part before the original. */
function userContent(
	{original, instruction, update, language = '', path}: PromptInput,
	fence: string,
): {content: string; beforeOriginal: string} {
	const values = {fence, language, path: path ? ` \`${path}\`` : ''};
	const block = (template: string, text: string) =>
		fill(template, {...values, text: splitFileEnding(text)[0]});
	// Templates trim the user's message, and models were trained on that.
	const text = instruction.trim() || form.defaultInstruction;
	return {
		content:
			block(form.file, original) +
			(update ? block(form.update, update) : '') +
			fill(form.instruction, {text}),
		beforeOriginal: fill(form.file.slice(0, form.file.indexOf('{text}')), values),
	};
}

/** Fills placeholders in one pass: those in the values themselves, and `$` patterns, stay text. */
function fill(template: string, values: Record<string, string>): string {
	return template.replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder);
}

/** The rendered chat before and after the user's message. */
function renderAround(tokenizer: Tokenizer, preset: ModelPreset): [string, string] {
	const source = tokenizer.chatTemplate ?? preset.chatTemplate;
	if (source === undefined) {
		throw new Error(
			`chat template: expected one in tokenizer_config.json or chat_template.jinja for the preset ` +
				`"${preset.name}", got none; a model without one needs the preset "raw"`,
		);
	}

	const mark = `content-${randomBytes(16).toString('hex')}`;
	const rendered = new Template(source).render({
		messages: [
			{role: 'system', content: form.system + (preset.systemEnding ?? '')},
			{role: 'user', content: mark},
		],
		add_generation_prompt: true,
		bos_token: tokenizer.bosToken ?? '',
		eos_token: tokenizer.eosToken ?? '',
	});
	const [before, after, ...more] = rendered.split(mark);
	if (before === undefined || after === undefined || more.length > 0) {
		throw new Error(
			`chat template: expected the user's message once, got it ${rendered.split(mark).length - 1} times`,
		);
	}

	return [before, after];
}

/** The tokens behind the BOS token, once. */
export function withBos(tokenizer: Tokenizer, tokens: readonly number[]): readonly number[] {
	const bos = tokenizer.bosToken === undefined ? undefined : tokenizer.tokenId(tokenizer.bosToken);
	if (bos === undefined) {
		throw new Error(`bos_token: expected a token of the vocabulary, got ${tokenizer.bosToken ?? 'none'}`);
	}

	return tokens[0] === bos ? tokens : [bos, ...tokens];
}
