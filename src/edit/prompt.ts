import {randomBytes} from 'node:crypto';
import {Template} from '@huggingface/jinja';
import type {TextSpan} from '../draft/prediction/known-lines.ts';
import type {LoadedModel} from '../model/loaded-model.ts';
import type {ModelPreset} from '../model/model-presets.ts';
import {encodePieces, type PromptPiece} from '../tokenizer/prompt-encoder.ts';
import type {Tokenizer} from '../tokenizer/tokenizer.ts';
import {fenceFor} from './fence.ts';
import form from './prompt-form.json' with {type: 'json'};
import {findText} from './text-span.ts';

export interface PromptInput {
	readonly original: string;
	/** May be empty where there is an update. */
	readonly instruction: string;
	/** Snippet with `... existing code ...` markers. */
	readonly update?: string | undefined;
	/** What the update makes of the original by rule: the model checks it and needn't find every place itself. */
	readonly suggestion?: string | undefined;
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
	readonly originalSpan: TextSpan;
	/** The tokens that hold the suggestion; absent where there is none. */
	readonly suggestionSpan: TextSpan | undefined;
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
	/** The piece that holds the user's message, and where it holds the texts. */
	readonly userPiece: number;
	readonly originalBytes: ByteSpan;
	readonly suggestionBytes: ByteSpan | undefined;
}

/** Where a text stands in its piece: half-open. */
interface ByteSpan {
	readonly start: number;
	readonly end: number;
}

function framePrompt(tokenizer: Tokenizer, preset: ModelPreset, input: PromptInput): PromptFrame {
	const {original, instruction, update = '', path = ''} = input;
	const fence = fenceFor([original, instruction, update, path]);
	const isRaw = preset.template === 'raw';
	const content = userContent(input, fence, isRaw ? `${form.system}\n\n` : '');
	const answer = fill(form.answer, {fence, language: input.language ?? ''});
	const [text, fileEnding] = splitFileEnding(original);
	const shared = {
		addsBos: preset.addsBos,
		fence,
		original: text,
		fileEnding,
		originalBytes: content.original,
		suggestionBytes: content.suggestion,
	};
	if (isRaw) {
		return {...shared, pieces: [{text: `${content.text}\n\n${answer}`, isTemplate: false}], userPiece: 0};
	}

	const [before, after] = renderAround(tokenizer, preset);
	return {
		...shared,
		pieces: [
			{text: before, isTemplate: true},
			{text: content.text, isTemplate: false},
			{text: after + answer, isTemplate: true},
		],
		userPiece: 1,
	};
}

/** @param encoded ids of each piece */
function assemble(
	{addsBos, fence, original, fileEnding, userPiece, originalBytes, suggestionBytes}: PromptFrame,
	encoded: readonly (readonly number[])[],
	tokenizer: Tokenizer,
): Prompt {
	const joined = encoded.flat();
	const tokens = addsBos ? withBos(tokenizer, joined) : joined;
	const from = encoded.slice(0, userPiece).flat().length + tokens.length - joined.length;
	const find = (bytes: ByteSpan) => findText(tokenizer, tokens, {from, ...bytes});
	return {
		tokens,
		fence,
		original,
		originalSpan: find(originalBytes),
		suggestionSpan: suggestionBytes && find(suggestionBytes),
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

/** The user's message behind `before`, and where it holds the file's texts. */
function userContent(
	{original, instruction, update, suggestion, language = '', path}: PromptInput,
	fence: string,
	before: string,
): {text: string; original: ByteSpan; suggestion: ByteSpan | undefined} {
	const values = {fence, language, path: path ? ` \`${path}\`` : ''};
	let text = before;
	const block = (template: string, content: string): ByteSpan => {
		const [head, tail] = template.split('{text}') as [string, string];
		const [held] = splitFileEnding(content);
		text += fill(head, values);
		const start = Buffer.byteLength(text);
		text += held + fill(tail, values);
		return {start, end: start + Buffer.byteLength(held)};
	};
	const originalSpan = block(form.file, original);
	if (update) {
		block(form.update, update);
	}

	// Templates trim the user's message, and models were trained on that.
	text += fill(form.instruction, {text: instruction.trim() || form.defaultInstruction});
	const suggestionSpan = suggestion === undefined ? undefined : block(form.suggestion, suggestion);
	return {text, original: originalSpan, suggestion: suggestionSpan};
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
