import test from 'ava';
import {presetNamed, presetNames, stopTokenIds} from '../../src/model/model-presets.ts';

function tokenizerWith(texts: readonly string[], eosToken?: string) {
	const tokenId = (text: string) => (texts.includes(text) ? texts.indexOf(text) : undefined);
	return {tokenId, eosToken};
}

test('the models that the project names have presets', t => {
	for (const name of [
		'smollm2-135m-instruct',
		'qwen2.5-coder-0.5b-instruct',
		'qwen2.5-coder-1.5b-instruct',
		'gpt2',
		'llama-3-8b-instruct',
		'deepseek-coder-6.7b-instruct',
		'qwen2.5-coder',
		'chat',
		'raw',
	]) {
		t.is(presetNamed(name).name, name);
	}

	t.is(presetNames.length, 9);
});

test('a preset has the text of the template that it shares with others', t => {
	t.is(presetNamed('qwen2.5-coder').chatTemplate, presetNamed('smollm2-135m-instruct').chatTemplate);
	t.regex(presetNamed('llama-3-8b-instruct').chatTemplate!, /<\|start_header_id\|>/);
	t.is(presetNamed('deepseek-coder-6.7b-instruct').chatTemplate, undefined);
});

test('an unknown preset is refused with the list', t => {
	t.throws(() => presetNamed('gpt-2'), {message: /expected one of .*gpt2.*, got "gpt-2"/});
});

test('a model that ends its turn with one token and its text with another stops at both', t => {
	const tokenizer = tokenizerWith(['<|end_of_text|>', '<|eot_id|>'], '<|end_of_text|>');
	t.deepEqual(stopTokenIds(presetNamed('llama-3-8b-instruct'), tokenizer), [1, 0]);
});

test('stop tokens that the tokenizer lacks are left out', t => {
	t.deepEqual(stopTokenIds(presetNamed('qwen2.5-coder'), tokenizerWith(['a', '<|im_end|>'])), [1]);
});

test("the tokenizer's own EOS token stops a model of any family", t => {
	t.deepEqual(stopTokenIds(presetNamed('raw'), tokenizerWith(['a', '</s>'], '</s>')), [1]);
});

test('a preset of another family is refused instead of never stopping', t => {
	t.throws(() => stopTokenIds(presetNamed('gpt2'), tokenizerWith(['<|im_end|>'])), {
		message: /"gpt2": expected one of <\|endoftext\|> in the tokenizer, got none/,
	});
});
