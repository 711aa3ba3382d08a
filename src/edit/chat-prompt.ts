import {randomBytes} from 'node:crypto';
import {Template} from '@huggingface/jinja';
import type {ModelPreset} from '../model/model-presets.ts';
import type {PromptPiece} from '../tokenizer/prompt-encoder.ts';
import type {Tokenizer} from '../tokenizer/tokenizer.ts';
import type {ChatMessage} from './completion-request.ts';
import {InvalidRequestError} from './invalid-request-error.ts';

/**
 * The prompt of a chat, to be encoded piece by piece: the messages in the model's own chat template, the assistant's
 * turn opened. Contents are pieces of their own, so that they can't hold special tokens.
 * @throws {InvalidRequestError} the template takes no such order of roles
 */
export function chatPieces(
	tokenizer: Tokenizer,
	preset: ModelPreset,
	messages: readonly ChatMessage[],
): readonly PromptPiece[] {
	if (preset.template === 'raw') {
		return messages.map(({content}) => ({text: `${content}\n\n`, isTemplate: false}));
	}

	const mark = `content-${randomBytes(16).toString('hex')}-`;
	const marked = messages.map(({role, content}, index) => ({
		role,
		// A template that trims takes the spaces off, and so tells that the content is to be trimmed.
		content: content === '' ? '' : ` ${mark}${index}- `,
	}));
	let rest = render(tokenizer, preset, marked);
	const pieces: PromptPiece[] = [];
	for (const [index, {content}] of messages.entries()) {
		if (content === '') {
			continue;
		}

		const {before, text, behind} = splitAt(rest, `${mark}${index}-`, index, content);
		pieces.push({text: before, isTemplate: true}, {text, isTemplate: false});
		rest = behind;
	}

	return [...pieces, {text: rest, isTemplate: true}];
}

function render(tokenizer: Tokenizer, preset: ModelPreset, messages: readonly ChatMessage[]): string {
	const source = tokenizer.chatTemplate ?? preset.chatTemplate;
	if (source === undefined) {
		throw new InvalidRequestError('model', 'a model with a chat template', `"${preset.name}" without one`);
	}

	try {
		return new Template(source).render({
			messages,
			add_generation_prompt: true,
			bos_token: tokenizer.bosToken ?? '',
			eos_token: tokenizer.eosToken ?? '',
		});
	} catch (error) {
		const roles = messages.map(({role}) => role).join(', ');
		const {message} = error as Error;
		throw new InvalidRequestError('messages', `roles that the model's template takes (${message})`, roles);
	}
}

interface TemplateParts {
	readonly before: string;
	/** The content, trimmed as the template trims it. */
	readonly text: string;
	readonly behind: string;
}

function splitAt(rendered: string, mark: string, index: number, content: string): TemplateParts {
	const start = rendered.indexOf(mark);
	if (start === -1) {
		throw new InvalidRequestError(`messages[${index}]`, "one that the model's template writes", 'another');
	}

	const end = start + mark.length;
	const keepsStart = rendered[start - 1] === ' ';
	const keepsEnd = rendered[end] === ' ';
	const text = keepsStart ? content : content.trimStart();
	return {
		before: rendered.slice(0, keepsStart ? start - 1 : start),
		text: keepsEnd ? text : text.trimEnd(),
		behind: rendered.slice(keepsEnd ? end + 1 : end),
	};
}
