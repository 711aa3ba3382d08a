import {longestBacktickRun} from './fence.ts';
import {InvalidRequestError} from './invalid-request-error.ts';
import {isLanguageTag, resolveLanguage} from './languages.ts';

const maxPathBytes = 4096;
/** The fence is longer than any run of backticks and stands in the prompt several times. */
const maxBacktickRun = 255;

/** What a caller may set beside the texts. Limits of 0 stand for the server's own. */
export interface EditOptions {
	readonly maxOutputTokens: number;
	readonly maxDraftTokens: number;
	readonly speculation: boolean;
	readonly includeTokenIds: boolean;
	readonly includeProvenance: boolean;
	/** Line operations against the original. */
	readonly includeDiff: boolean;
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

	checkBackticks('original', request.original);
	checkBackticks('instruction', request.instruction);
	checkBackticks('update', update ?? '');
	return {
		original: request.original,
		instruction: request.instruction.trim(),
		update,
		path: pathOf(request),
		language: languageOf(request),
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
		includeDiff: options.includeDiff ?? false,
	};
}

function languageOf(request: UncheckedEditRequest): string {
	const language = request.language?.trim() ?? '';
	if (language !== '' && !isLanguageTag(language)) {
		throw new InvalidRequestError(
			'language',
			'a tag of letters, digits and +-#._ to 40 characters',
			JSON.stringify(language.slice(0, 80)),
		);
	}

	return resolveLanguage({language, path: request.path ?? undefined}).tag;
}

function pathOf(request: UncheckedEditRequest): string | undefined {
	const path = request.path ?? '';
	const numBytes = Buffer.byteLength(path);
	if (numBytes > maxPathBytes) {
		throw new InvalidRequestError('path', `at most ${maxPathBytes} bytes`, String(numBytes));
	}

	if (/[\r\n`]/.test(path)) {
		throw new InvalidRequestError('path', 'one line without backticks', JSON.stringify(path));
	}

	return path === '' ? undefined : path;
}

function checkBackticks(field: string, text: string): void {
	const longest = longestBacktickRun(text);
	if (longest > maxBacktickRun) {
		throw new InvalidRequestError(field, `runs of at most ${maxBacktickRun} backticks`, `one of ${longest}`);
	}
}

function limitOf(field: string, value: number | undefined): number {
	if (value !== undefined && value < 0) {
		throw new InvalidRequestError(field, '0 or more', String(value));
	}

	return value ?? 0;
}
