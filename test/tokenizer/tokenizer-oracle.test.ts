import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {buildPrompt, type PromptInput} from '../../src/edit/prompt.ts';
import {presetNamed} from '../../src/model/model-presets.ts';
import {Tokenizer} from '../../src/tokenizer/tokenizer.ts';
import {anyText} from '../helpers/unicode.ts';

/** Made by test/oracle/make_tokenizer_oracle.py with the Python library. */
interface Oracle {
	readonly sha256: string;
	/** Ids of the texts, in order. */
	readonly ids: readonly number[][];
	/** Why the service must not do as the library does, by index of the text. */
	readonly divergences: Readonly<Record<number, string>>;
	readonly chat: {readonly text: string; readonly ids: readonly number[]} | null;
	/** Prompts as the training code builds them. */
	readonly prompts: readonly {readonly request: PromptInput; readonly ids: readonly number[]}[];
}

const texts: string[] = readJson('../oracle/texts.json');
const {tokenizers} = readJson<{tokenizers: Record<string, Oracle>}>('../fixtures/tokenizer-oracle.json');

test('the oracle is of the texts that stand beside it', t => {
	t.deepEqual(Object.keys(tokenizers), ['smollm2', 'gpt2', 'llama-3', 'qwen2.5-coder', 'deepseek-coder']);
	t.true(Object.values(tokenizers).every(({ids}) => ids.length === texts.length));
});

for (const [name, oracle] of Object.entries(tokenizers)) {
	const directory = directoryOf(name);
	if (directory) {
		registerTests(name, directory, oracle);
	}
}

/** The built-in model comes with the test set-up; the others are large and only read where somebody has them. */
function directoryOf(name: string): string | undefined {
	const {REDRAFT_TEST_MODEL_DIR: builtIn, REDRAFT_TOKENIZERS_DIR: others} = process.env;
	const directory = name === 'smollm2' ? builtIn : others && path.join(others, name);
	return directory && existsSync(directory) ? directory : undefined;
}

function registerTests(name: string, directory: string, oracle: Oracle): void {
	const loading = Tokenizer.load(directory);

	test(`${name}: the ids are those of the Python library`, async t => {
		const tokenizer = await loading;
		for (const [index, text] of texts.entries()) {
			const reason = oracle.divergences[index];
			const ids = tokenizer.encode(text);
			if (reason === undefined) {
				t.deepEqual(ids, oracle.ids[index], JSON.stringify(text));
			} else {
				t.notDeepEqual(ids, oracle.ids[index], `no longer true: ${reason}`);
			}
		}
	});

	test(`${name}: any text comes back exactly`, async t => {
		const tokenizer = await loading;
		for (const text of texts) {
			t.is(tokenizer.decode(tokenizer.encode(text)), text);
		}

		fc.assert(fc.property(anyText, text => tokenizer.decode(tokenizer.encode(text)) === text));
	});

	const {chat, prompts} = oracle;
	if (chat) {
		test(`${name}: a chat gets its special tokens as in the Python library`, async t => {
			t.deepEqual((await loading).encodeTemplate(chat.text), chat.ids);
		});
	}

	for (const {request, ids} of prompts) {
		test(`${name}: the prompt is the one that training builds for ${JSON.stringify(request.original)}`, async t => {
			const preset = presetNamed('smollm2-135m-instruct');
			t.deepEqual(buildPrompt(await loading, preset, request).tokens, ids);
		});
	}

	if (name !== 'smollm2') {
		test(`${name}: the vocabulary is the one that the oracle was made with`, t => {
			const file = readFileSync(path.join(directory, 'tokenizer.json'));
			t.is(createHash('sha256').update(file).digest('hex'), oracle.sha256);
		});
	}
}

function readJson<T>(name: string): T {
	return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
}
