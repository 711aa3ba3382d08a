import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {Tokenizer} from '@huggingface/tokenizers';
import type {Vocabulary} from '../../src/draft/vocabulary.ts';

export interface LoadedVocabulary extends Vocabulary {
	/** Id that ends an answer. */
	readonly endToken: number;
}

interface AddedToken {
	readonly id: number;
	readonly content: string;
}

/**
 * A tokenizer directory as a vocabulary. Code is encoded without added tokens, so that the literal text of a
 * special token in a file stays text.
 */
export function loadVocabulary(directory: string): LoadedVocabulary {
	const tokenizer = readJson(join(directory, 'tokenizer.json'));
	const config = readJson(join(directory, 'tokenizer_config.json'));
	const text = new Tokenizer(
		{...tokenizer, added_tokens: []},
		{...config, clean_up_tokenization_spaces: false},
	);
	const added = (tokenizer.added_tokens ?? []) as AddedToken[];
	const end = typeof config.eos_token === 'string' ? config.eos_token : config.eos_token?.content;
	return {
		endToken:
			added.find(token => token.content === end)?.id ?? text.token_to_id(end) ?? text.get_vocab().size,
		encode: string => (string === '' ? [] : text.encode(string, {add_special_tokens: false}).ids),
		decode: tokens => (tokens.length === 0 ? '' : text.decode([...tokens], {skip_special_tokens: false})),
	};
}

// biome-ignore lint/suspicious/noExplicitAny: the files' schema belongs to the tokenizer library
function readJson(path: string): any {
	return JSON.parse(readFileSync(path, 'utf8'));
}

/** Texts this long are remembered once encoded: every rule that drafts from text encodes the same files. */
const longTextLength = 400;

export function rememberingLongTexts(vocabulary: LoadedVocabulary): LoadedVocabulary {
	const texts = new Map<string, number[]>();
	return {
		...vocabulary,
		encode(text) {
			if (text.length < longTextLength) {
				return vocabulary.encode(text);
			}
			let tokens = texts.get(text);
			if (!tokens) {
				tokens = vocabulary.encode(text);
				texts.set(text, tokens);
			}
			return tokens;
		},
	};
}
