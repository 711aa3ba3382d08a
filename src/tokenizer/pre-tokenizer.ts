import {TokenizerLoadError} from './tokenizer-errors.ts';

/** The part of tokenizer.json that splits text into words before merging. */
export interface PreTokenizer {
	readonly type: string;
	readonly pretokenizers?: readonly PreTokenizer[];
	readonly individual_digits?: boolean;
	readonly add_prefix_space?: boolean;
	readonly use_regex?: boolean;
	readonly behavior?: string;
	readonly invert?: boolean;
}

/** GPT-2's word pattern, which byte-level tokenizers use where they name no other. */
const wordPattern = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * Writes out what the library reads differently from the Python one: its own word pattern takes U+FEFF for white
 * space and U+0085 for none, and its Digits know ASCII digits only. Patterns of type Split it translates rightly.
 * @throws {TokenizerLoadError} a part would lose text, or its parity with the Python library is not known
 */
export function adaptPreTokenizer(part: PreTokenizer | null): PreTokenizer {
	switch (part?.type) {
		case 'Sequence':
			return {...part, pretokenizers: (part.pretokenizers ?? []).map(adaptPreTokenizer)};
		case 'Digits':
			return isolate(part.individual_digits ? '\\p{N}' : '\\p{N}+');
		case 'ByteLevel':
			return part.add_prefix_space ? refuse(part) : adaptByteLevel(part);
		case 'Split':
			return keepsAllText(part) ? part : refuse(part);
		default:
			return refuse(part);
	}
}

function adaptByteLevel(part: PreTokenizer): PreTokenizer {
	const bytes = {...part, use_regex: false};
	return part.use_regex === false ? bytes : {type: 'Sequence', pretokenizers: [isolate(wordPattern), bytes]};
}

function isolate(pattern: string): PreTokenizer & {readonly pattern: {readonly Regex: string}} {
	return {type: 'Split', pattern: {Regex: pattern}, behavior: 'Isolated', invert: false};
}

function keepsAllText({behavior, invert}: PreTokenizer): boolean {
	return behavior === (invert ? 'Removed' : 'Isolated');
}

function refuse(part: PreTokenizer | null): never {
	throw new TokenizerLoadError(
		'pre_tokenizer of tokenizer.json: expected ByteLevel without a prefix space, Digits, or Split that keeps all ' +
			`text, got ${JSON.stringify(part)}`,
	);
}
