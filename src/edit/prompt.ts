import {randomBytes} from 'node:crypto';
import {Template} from '@huggingface/jinja';
import type {ModelPreset} from '../model/model-presets.ts';
import type {Tokenizer} from '../tokenizer/tokenizer.ts';
import {fenceFor} from './fence.ts';
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
	/** What the model writes after the file: a line break and the fence. */
	readonly closing: string;
	/** Line ending that the file has behind its last line; to be put back after the answer. */
	readonly fileEnding: string;
}

/**
 * The prompt of one edit. User text is encoded apart from the template, so that it can't hold special tokens.
 * @throws {UnencodableTextError} an input holds text that the vocabulary can't write
 */
export function buildPrompt(tokenizer: Tokenizer, preset: ModelPreset, input: PromptInput): Prompt {
	const {original, instruction, update = '', path = ''} = input;
	const fence = fenceFor([original, instruction, update, path]);
	const content = userContent(input, fence);
	const answer = fill(form.answer, {fence, language: input.language ?? ''});
	const tokens =
		preset.template === 'raw'
			? tokenizer.encode(`${form.system}\n\n${content}\n\n${answer}`)
			: chatTokens(tokenizer, preset, content, answer);
	const [text, fileEnding] = splitFileEnding(original);
	return {
		tokens: preset.addsBos ? withBos(tokenizer, tokens) : tokens,
		fence,
		original: text,
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

function userContent(
	{original, instruction, update, language = '', path}: PromptInput,
	fence: string,
): string {
	const block = (template: string, text: string) =>
		fill(template, {
			fence,
			language,
			path: path ? ` \`${path}\`` : '',
			text: splitFileEnding(text)[0],
		});
	// Templates trim the user's message, and models were trained on that.
	const text = instruction.trim() || form.defaultInstruction;
	return (
		block(form.file, original) + (update ? block(form.update, update) : '') + fill(form.instruction, {text})
	);
}

/** Fills placeholders in one pass: those in the values themselves, and `$` patterns, stay text. */
function fill(template: string, values: Record<string, string>): string {
	return template.replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder);
}

function chatTokens(tokenizer: Tokenizer, preset: ModelPreset, content: string, answer: string): number[] {
	const [before, after] = renderAround(tokenizer, preset);
	return [
		...tokenizer.encodeTemplate(before),
		...tokenizer.encode(content),
		...tokenizer.encodeTemplate(after + answer),
	];
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
