import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import {type LoadedModel, loadModel} from '../../src/model/loaded-model.ts';
import {byteToCharacter} from '../../src/tokenizer/byte-level.ts';

const chatTemplate =
	"{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}" +
	'{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

const specials = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

/**
 * A directory with a byte-level tokenizer without merges: one token per UTF-8 byte, three special tokens.
 * Small enough to be made in a test.
 */
export async function byteModelDirectory(
	t: Pick<ExecutionContext, 'teardown'>,
	contextTokens = 8192,
): Promise<string> {
	const directory = await mkdtemp(path.join(tmpdir(), 'redraft-model-'));
	t.teardown(() => rm(directory, {recursive: true}));
	const vocab = Object.fromEntries([...specials, ...byteToCharacter].map((text, id) => [text, id]));
	const byteLevel = {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true};
	const flags = {special: true, single_word: false, lstrip: false, rstrip: false, normalized: false};
	const tokenizer = {
		version: '1.0',
		added_tokens: specials.map((content, id) => ({id, content, ...flags})),
		normalizer: null,
		pre_tokenizer: byteLevel,
		post_processor: null,
		decoder: byteLevel,
		model: {type: 'BPE', vocab, merges: []},
	};
	const settings = {
		chat_template: chatTemplate,
		eos_token: '<|im_end|>',
		bos_token: '<|im_start|>',
		clean_up_tokenization_spaces: false,
	};
	await writeFile(path.join(directory, 'tokenizer.json'), JSON.stringify(tokenizer));
	await writeFile(path.join(directory, 'tokenizer_config.json'), JSON.stringify(settings));
	await writeFile(
		path.join(directory, 'config.json'),
		JSON.stringify({max_position_embeddings: contextTokens}),
	);
	return directory;
}

/** Token ids of that tokenizer. */
export const byteVocabularySize = specials.length + 256;

/** What the service knows of a model with that tokenizer. */
export async function byteModel(t: ExecutionContext, contextTokens?: number): Promise<LoadedModel> {
	return loadModel('smollm2-135m-instruct', await byteModelDirectory(t, contextTokens));
}
