import {resolveLanguage, UnknownLanguageError} from '../edit/languages.ts';
import {InvalidRequestError} from '../errors/errors.ts';
import {maxLineCharacters} from '../tokenizer/tokenizer.ts';
import {invalidUtf8Field} from './utf8-check.ts';

/** An ApplyEditRequest as proto-loader delivers it: absent optional fields are undefined or null. */
export interface ApplyEditRequest {
	readonly original: string;
	readonly instruction: string;
	readonly update?: string | null;
	readonly language?: string | null;
	readonly path?: string | null;
	readonly options?: Partial<EditOptions> | null;
	readonly [invalidUtf8Field]?: string;
}

export interface EditOptions {
	readonly maxOutputTokens: number;
	readonly maxDraftTokens: number;
	readonly speculation: boolean | null;
	readonly includeTokenIds: boolean;
	readonly includeProvenance: boolean;
}

/** A request with every rule checked and every default filled in. Limits of 0 stand for the server's own. */
export interface EditRequest {
	readonly original: string;
	readonly instruction: string;
	readonly update: string | undefined;
	/** Tag for the fence; empty where the language is not known. */
	readonly language: string;
	readonly path: string | undefined;
	readonly maxOutputTokens: number;
	readonly maxDraftTokens: number;
	readonly speculation: boolean;
	readonly includeTokenIds: boolean;
	readonly includeProvenance: boolean;
}

/** @throws {InvalidRequestError} names the field, what was expected and what came */
export function validateEditRequest(request: ApplyEditRequest): EditRequest {
	const badField = request[invalidUtf8Field];
	if (badField !== undefined) {
		throw new InvalidRequestError(badField, 'valid UTF-8', 'bytes that are not');
	}

	const update = request.update?.trim() ? request.update : undefined;
	if (request.original === '') {
		throw new InvalidRequestError('original', 'the whole file', 'an empty string');
	}

	if (request.instruction.trim() === '' && update === undefined) {
		throw new InvalidRequestError('instruction', 'an instruction, an update, or both', 'neither');
	}

	for (const [field, text] of [
		['original', request.original],
		['instruction', request.instruction],
		['update', update ?? ''],
	] as const) {
		checkLines(field, text);
	}

	const options = request.options ?? {};
	return {
		original: request.original,
		instruction: request.instruction.trim(),
		update,
		language: language(request),
		path: pathOf(request),
		maxOutputTokens: limit('options.max_output_tokens', options.maxOutputTokens),
		maxDraftTokens: limit('options.max_draft_tokens', options.maxDraftTokens),
		speculation: options.speculation ?? true,
		includeTokenIds: options.includeTokenIds ?? false,
		includeProvenance: options.includeProvenance ?? false,
	};
}

function language(request: ApplyEditRequest): string {
	try {
		return resolveLanguage({language: request.language ?? undefined, path: request.path ?? undefined}).tag;
	} catch (error) {
		if (error instanceof UnknownLanguageError) {
			throw new InvalidRequestError('language', error.expected, error.got);
		}

		throw error;
	}
}

function pathOf(request: ApplyEditRequest): string | undefined {
	const path = request.path ?? '';
	if (/[\r\n`]/.test(path)) {
		throw new InvalidRequestError('path', 'one line without backticks', JSON.stringify(path));
	}

	return path === '' ? undefined : path;
}

function limit(field: string, value: number | undefined): number {
	if (value !== undefined && value < 0) {
		throw new InvalidRequestError(field, '0 or more', String(value));
	}

	return value ?? 0;
}

/** The tokenizer's cost grows with the square of a line's length, so a hostile line could block the process. */
function checkLines(field: string, text: string): void {
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
