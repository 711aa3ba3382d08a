import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {BYTE_TO_CHARACTER, UTF8_BYTES} from './byte-level.ts';

/** The directory holds no tokenizer, or one whose round trip would not be exact. Stops the start of the service. */
export class TokenizerLoadError extends Error {
	override readonly name = 'TokenizerLoadError';
}

/** A token outside the merges: a control token, or vocabulary that was added late. */
export interface AddedToken {
	readonly id: number;
	readonly content: string;
	readonly special: boolean;
	readonly lstrip?: boolean;
	readonly rstrip?: boolean;
	readonly single_word?: boolean;
}

/** What the tokenizer needs of a model directory, adapted so that the library's encoding is exact. */
export interface TokenizerDefinition {
	/** The object for the library's constructor: no added tokens, no normalizer, no post-processor. */
	readonly library: object;
	/** Byte-level token texts to ids, special tokens left out. */
	readonly vocabulary: ReadonlyMap<string, number>;
	readonly addedTokens: readonly AddedToken[];
	readonly bosToken: string | undefined;
	readonly eosToken: string | undefined;
	readonly chatTemplate: string | undefined;
}

interface PreTokenizer {
	readonly type: string;
	readonly pretokenizers?: readonly PreTokenizer[];
	readonly individual_digits?: boolean;
	readonly add_prefix_space?: boolean;
	readonly use_regex?: boolean;
	readonly behavior?: string;
	readonly invert?: boolean;
}

interface Normalizer {
	readonly type: string;
	readonly normalizers?: readonly Normalizer[];
}

interface TokenizerJson {
	readonly normalizer: Normalizer | null;
	readonly pre_tokenizer: PreTokenizer | null;
	readonly decoder: {readonly type: string} | null;
	readonly model: {readonly type?: string; readonly vocab: Record<string, number>; readonly merges?: unknown};
	readonly added_tokens: readonly AddedToken[] | null;
}

type TokenText = string | {readonly content: string} | null | undefined;

interface TokenizerConfig {
	readonly bos_token?: TokenText;
	readonly eos_token?: TokenText;
	readonly unk_token?: TokenText;
	readonly pad_token?: TokenText;
	readonly chat_template?: string | readonly {readonly name: string; readonly template: string}[];
}

/** GPT-2's word pattern, which byte-level tokenizers use where they name no other. */
const WORD_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** @throws {TokenizerLoadError} a file is missing or no JSON, or the tokenizer is not byte-level BPE */
export async function readDefinition(directory: string): Promise<TokenizerDefinition> {
	const json = await readJson<TokenizerJson>(directory, 'tokenizer.json');
	const config = await readJson<TokenizerConfig>(directory, 'tokenizer_config.json');
	checkSupported(json, directory);
	const chatTemplate = await readChatTemplate(directory, config);
	const added = json.added_tokens ?? [];
	const vocabulary = withoutSpecials(json.model.vocab, added);
	const standIns = standInsFor(vocabulary, spareTokens(added, config, chatTemplate));
	for (const [character, {id}] of standIns) {
		vocabulary.set(character, id);
	}

	const taken = new Set(standIns.values());
	return {
		library: {
			...json,
			added_tokens: [],
			normalizer: null,
			post_processor: null,
			pre_tokenizer: adaptPreTokenizer(json.pre_tokenizer!, directory),
			model: {...json.model, type: 'BPE', unk_token: null, vocab: Object.fromEntries(vocabulary)},
		},
		vocabulary,
		addedTokens: added.filter(token => !taken.has(token)),
		bosToken: textOf(config.bos_token),
		eosToken: textOf(config.eos_token),
		chatTemplate,
	};
}

async function readJson<T>(directory: string, name: string): Promise<T> {
	const file = path.join(directory, name);
	try {
		return JSON.parse(await readFile(file, 'utf8')) as T;
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new TokenizerLoadError(`${file}: expected a JSON file, got ${reason}`, {cause});
	}
}

async function readChatTemplate(directory: string, config: TokenizerConfig): Promise<string | undefined> {
	const file = path.join(directory, 'chat_template.jinja');
	const own = await readFile(file, 'utf8').catch(() => undefined);
	const listed = config.chat_template;
	if (own !== undefined || listed === undefined || typeof listed === 'string') {
		return own ?? listed;
	}

	return listed.find(({name}) => name === 'default')?.template;
}

function checkSupported({model, decoder, normalizer}: TokenizerJson, directory: string): void {
	const refuse = (part: string, expected: string, got: unknown): never => {
		throw new TokenizerLoadError(
			`${directory}: ${part} of tokenizer.json: expected ${expected}, got ${JSON.stringify(got) ?? 'none'}`,
		);
	};
	if ((model?.type ?? 'BPE') !== 'BPE' || !Array.isArray(model?.merges)) {
		refuse('model', 'BPE with merges', model?.type);
	}

	if (decoder?.type !== 'ByteLevel') {
		refuse('decoder', 'ByteLevel', decoder?.type);
	}

	if (!isUnicodeForm(normalizer)) {
		refuse('normalizer', 'none or a Unicode normalization form', normalizer);
	}
}

/** Such a normalizer leaves text alone that is in its form already, so leaving it out changes nothing there. */
function isUnicodeForm(normalizer: Normalizer | null): boolean {
	if (normalizer === null || /^NFK?[CD]$/.test(normalizer.type)) {
		return true;
	}

	return normalizer.type === 'Sequence' && (normalizer.normalizers ?? []).every(isUnicodeForm);
}

/**
 * Writes out what the library reads differently from the Python one: its own word pattern takes U+FEFF for white
 * space and U+0085 for none, and its Digits know ASCII digits only. Patterns of type Split it translates rightly.
 */
function adaptPreTokenizer(part: PreTokenizer, directory: string): object {
	const isolated = (Regex: string) => ({
		type: 'Split',
		pattern: {Regex},
		behavior: 'Isolated',
		invert: false,
	});
	if (part.type === 'Sequence') {
		return {...part, pretokenizers: part.pretokenizers!.map(inner => adaptPreTokenizer(inner, directory))};
	}

	if (part.type === 'Digits') {
		return isolated(part.individual_digits ? '\\p{N}' : '\\p{N}+');
	}

	if (part.type === 'ByteLevel' && !part.add_prefix_space) {
		const bytes = {...part, use_regex: false};
		const split = isolated(WORD_PATTERN);
		return part.use_regex === false ? bytes : {type: 'Sequence', pretokenizers: [split, bytes]};
	}

	const keepsAllText = part.invert ? part.behavior === 'Removed' : part.behavior === 'Isolated';
	if (part.type === 'Split' && keepsAllText) {
		return part;
	}

	throw new TokenizerLoadError(
		`${directory}: pre_tokenizer of tokenizer.json: expected ByteLevel without a prefix space, Digits or ` +
			`Split that keeps all text, got ${JSON.stringify(part)}`,
	);
}

function withoutSpecials(base: Record<string, number>, added: readonly AddedToken[]): Map<string, number> {
	const vocabulary = new Map(Object.entries(base));
	for (const token of added) {
		if (token.special) {
			vocabulary.delete(token.content);
		}
	}

	return vocabulary;
}

/**
 * Tokens for the bytes that a vocabulary lacks because its training text never held them (SmolLM2: among others
 * six control characters). The reference library drops such characters without a word; here a special token that
 * the model's prompts never use stands in for each, so that a file with one comes back whole.
 */
function standInsFor(
	vocabulary: ReadonlyMap<string, number>,
	spare: readonly AddedToken[],
): ReadonlyMap<string, AddedToken> {
	const missing = UTF8_BYTES.map(byte => BYTE_TO_CHARACTER[byte]!).filter(one => !vocabulary.has(one));
	return new Map(
		missing.slice(0, spare.length).map((character, index) => [character, spare.at(-1 - index)!]),
	);
}

/** Special tokens that no prompt of the model uses. */
function spareTokens(
	added: readonly AddedToken[],
	{bos_token, eos_token, unk_token, pad_token}: TokenizerConfig,
	chatTemplate = '',
): AddedToken[] {
	const used = new Set([bos_token, eos_token, unk_token, pad_token].map(textOf));
	return added.filter(
		({special, content}) => special && !used.has(content) && !chatTemplate.includes(content),
	);
}

function textOf(token: TokenText): string | undefined {
	return typeof token === 'string' ? token : token?.content;
}
