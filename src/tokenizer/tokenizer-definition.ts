import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {byteToCharacter, utf8Bytes} from './byte-level.ts';
import {adaptPreTokenizer, type PreTokenizer} from './pre-tokenizer.ts';
import type {Merge} from './run-merger.ts';
import {TokenizerLoadError} from './tokenizer-errors.ts';

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
	/** Lowest rank first. */
	readonly merges: readonly Merge[];
	/** A word that is in the vocabulary whole is not merged. */
	readonly ignoresMerges: boolean;
	readonly addedTokens: readonly AddedToken[];
	readonly bosToken: string | undefined;
	readonly eosToken: string | undefined;
	readonly chatTemplate: string | undefined;
}

interface Normalizer {
	readonly type: string;
	readonly normalizers?: readonly Normalizer[];
}

interface TokenizerJson {
	readonly normalizer: Normalizer | null;
	readonly pre_tokenizer: PreTokenizer | null;
	readonly decoder: {readonly type: string} | null;
	readonly model: {
		readonly type?: string;
		readonly vocab: Record<string, number>;
		readonly merges: readonly Merge[];
		readonly ignore_merges?: boolean;
	};
	readonly added_tokens: readonly AddedToken[] | null;
}

type TokenText = string | {readonly content: string} | null | undefined;

interface TokenizerConfig {
	readonly bos_token?: TokenText;
	readonly eos_token?: TokenText;
	readonly unk_token?: TokenText;
	readonly pad_token?: TokenText;
	readonly chat_template?: string | {name: string; template: string}[];
}

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
			pre_tokenizer: adaptPreTokenizer(json.pre_tokenizer),
			model: {...json.model, type: 'BPE', unk_token: null, vocab: Object.fromEntries(vocabulary)},
		},
		vocabulary,
		merges: json.model.merges,
		ignoresMerges: json.model.ignore_merges ?? false,
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
	const inConfig = Array.isArray(listed) ? listed.find(({name}) => name === 'default')?.template : listed;
	return own ?? inConfig;
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
	const missing = utf8Bytes.map(byte => byteToCharacter[byte]!).filter(one => !vocabulary.has(one));
	return new Map(
		missing.slice(0, spare.length).map((character, index) => [character, spare.at(-1 - index)!]),
	);
}

/** Names of tokens that begin or end something for some model: text must never stand for such a one. */
const turnToken = /begin|end|bos|eo[st]|turn|im_|pad|unk/i;

/** Special tokens that no prompt of the model uses. */
function spareTokens(
	added: readonly AddedToken[],
	{bos_token, eos_token, unk_token, pad_token}: TokenizerConfig,
	chatTemplate = '',
): AddedToken[] {
	const used = new Set([bos_token, eos_token, unk_token, pad_token].map(textOf));
	return added.filter(
		({special, content}) =>
			special && !used.has(content) && !chatTemplate.includes(content) && !turnToken.test(content),
	);
}

function textOf(token: TokenText): string | undefined {
	return typeof token === 'string' ? token : token?.content;
}
