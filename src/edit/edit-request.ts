import {maxLineCharacters} from '../tokenizer/tokenizer.ts';
import {InvalidRequestError} from './invalid-request-error.ts';
import {resolveLanguage, UnknownLanguageError} from './languages.ts';

/** What a caller may set beside the texts. Limits of 0 stand for the server's own. */
export interface EditOptions {
	readonly maxOutputTokens: number;
	readonly maxDraftTokens: number;
	readonly speculation: boolean;
	readonly includeTokenIds: boolean;
	readonly includeProvenance: boolean;
}

/** An edit as it was asked for, whatever the protocol. Absent fields may be undefined, null or empty. */
export interface UncheckedEditRequest {
	readonly original: string;
	readonly instruction: string;
	readonly update?: string | null;
	readonly language?: string | null;
	readonly path?: string | null;
	readonly options?: Partial<EditOptions> | null;
}

/** A request with every rule checked and every default filled in. */
export interface EditRequest extends EditOptions {
	readonly original: string;
	/** Empty where there is an update alone. */
	readonly instruction: string;
	readonly update: string | undefined;
	/** Tag for the fence; empty where the language is not known. */
	readonly language: string;
	readonly path: string | undefined;
}

/** @throws {InvalidRequestError} names the field as the proto does, what was expected and what came */
export function checkEditRequest(request: UncheckedEditRequest): EditRequest {
	const update = request.update?.trim() ? request.update : undefined;
	if (request.original === '') {
		throw new InvalidRequestError('original', 'the whole file', 'an empty string');
	}

	if (request.instruction.trim() === '' && update === undefined) {
		throw new InvalidRequestError('instruction', 'an instruction, an update, or both', 'neither');
	}

	checkLines('original', request.original);
	checkLines('instruction', request.instruction);
	checkLines('update', update ?? '');
	return {
		original: request.original,
		instruction: request.instruction.trim(),
		update,
		language: languageOf(request),
		path: pathOf(request),
		...optionsOf(request.options ?? {}),
	};
}

function optionsOf(options: Partial<EditOptions>): EditOptions {
	return {
		maxOutputTokens: limitOf('options.max_output_tokens', options.maxOutputTokens),
		maxDraftTokens: limitOf('options.max_draft_tokens', options.maxDraftTokens),
		speculation: options.speculation ?? true,
		includeTokenIds: options.includeTokenIds ?? false,
		includeProvenance: options.includeProvenance ?? false,
	};
}

function languageOf({language, path}: UncheckedEditRequest): string {
	try {
		return resolveLanguage({language: language ?? undefined, path: path ?? undefined}).tag;
	} catch (error) {
		if (error instanceof UnknownLanguageError) {
			throw new InvalidRequestError('language', error.expected, error.got);
		}

		throw error;
	}
}

function pathOf(request: UncheckedEditRequest): string | undefined {
	const path = request.path ?? '';
	if (/[\r\n`]/.test(path)) {
		throw new InvalidRequestError('path', 'one line without backticks', JSON.stringify(path));
	}

	return path === '' ? undefined : path;
}

function limitOf(field: string, value: number | undefined): number {
	if (value !== undefined && value < 0) {
		throw new InvalidRequestError(field, '0 or more', String(value));
	}

	return value ?? 0;
}

/**
 * The tokenizer's cost grows with the square of a line's length, so a hostile line could block the process.
 * @throws {InvalidRequestError} a line is too long
 */
export function checkLines(field: string, text: string): void {
	let start = 0;
	while (start < text.length) {
		const end = text.indexOf('\n', start);
		const length = (end === -1 ? text.length : end) - start;
		if (length > maxLineCharacters) {
			throw new InvalidRequestError(
				field,
				`lines of at most ${maxLineCharacters} characters`,
				`one of ${length}`,
			);
		}

		start += length + 1;
	}
}
