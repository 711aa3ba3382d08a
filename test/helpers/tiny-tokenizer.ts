import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import {byteToCharacter} from '../../src/tokenizer/byte-level.ts';
import {Tokenizer} from '../../src/tokenizer/tokenizer.ts';

const merges = ['Ġ Ġ', 'ĠĠ ĠĠ', 'Ċ Ċ', 'č Ċ', '` `', '`` `', 'e r', 't h', 'th e', 'a a', 'aa aa', 'Ã ©'];
const byteLevel = {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true};

/** What differs from a plain byte-level tokenizer with a handful of merges. */
export interface TinyTokenizer {
	/** Replaces parts of tokenizer.json. */
	readonly tokenizer?: Record<string, unknown>;
	/** Replaces parts of tokenizer_config.json. */
	readonly config?: Record<string, unknown>;
	/** Texts of special tokens; their ids follow those of the vocabulary. */
	readonly specials?: readonly string[];
	/** Texts of added tokens that are not special. */
	readonly added?: readonly string[];
	/** Bytes that the vocabulary lacks. */
	readonly missingBytes?: readonly number[];
}

/** A directory with a small byte-level BPE tokenizer, removed after the test. */
export async function tinyTokenizerDirectory(
	t: ExecutionContext,
	options: TinyTokenizer = {},
): Promise<string> {
	const {specials = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'], added = [], missingBytes = []} = options;
	const alphabet = byteToCharacter.filter((_, byte) => !missingBytes.includes(byte));
	const texts = [...alphabet, ...merges.map(merge => merge.replace(' ', ''))];
	const addedTokens = [...specials, ...added].map((content, index) => ({
		id: texts.length + index,
		content,
		special: index < specials.length,
	}));
	const tokenizer = {
		version: '1.0',
		added_tokens: addedTokens,
		normalizer: null,
		pre_tokenizer: byteLevel,
		post_processor: null,
		decoder: byteLevel,
		model: {type: 'BPE', vocab: Object.fromEntries(texts.map((text, id) => [text, id])), merges: merges},
		...options.tokenizer,
	};
	const config = {eos_token: specials[0], ...options.config};
	const directory = await mkdtemp(path.join(tmpdir(), 'redraft-tokenizer-'));
	t.teardown(() => rm(directory, {recursive: true}));
	await writeFile(path.join(directory, 'tokenizer.json'), JSON.stringify(tokenizer));
	await writeFile(path.join(directory, 'tokenizer_config.json'), JSON.stringify(config));
	return directory;
}

export async function tinyTokenizer(t: ExecutionContext, options?: TinyTokenizer): Promise<Tokenizer> {
	return Tokenizer.load(await tinyTokenizerDirectory(t, options));
}
