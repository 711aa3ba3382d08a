import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {Tokenizer, TokenizerLoadError, UnencodableTextError} from '../../src/tokenizer/tokenizer.ts';
import {tinyTokenizer, tinyTokenizerDirectory} from '../helpers/tiny-tokenizer.ts';
import {anyText} from '../helpers/unicode.ts';

const allControls = String.fromCharCode(...Array.from({length: 32}, (_, code) => code), 127);

test('any text comes back exactly', async t => {
	const tokenizer = await tinyTokenizer(t);
	fc.assert(
		fc.property(anyText, text => tokenizer.decode(tokenizer.encode(text)) === text),
		{numRuns: 500},
	);
	t.pass();
});

test('an empty text has no tokens, and no tokens are an empty text', async t => {
	const tokenizer = await tinyTokenizer(t);
	t.deepEqual(tokenizer.encode(''), []);
	t.is(tokenizer.decode([]), '');
});

test('nothing is cleaned up between tokens', async t => {
	const tokenizer = await tinyTokenizer(t, {config: {clean_up_tokenization_spaces: true}});
	const text = "f ( x , 1 ) . do n't ' s '";
	t.is(tokenizer.decode(tokenizer.encode(text)), text);
});

test('the text of a special token in a file does not become that token', async t => {
	const tokenizer = await tinyTokenizer(t);
	const ids = tokenizer.encode('a<|im_end|>b');
	t.false(ids.includes(tokenizer.tokenId('<|im_end|>')!));
	t.is(tokenizer.decode(ids), 'a<|im_end|>b');
});

test('a template does get its special tokens', async t => {
	const tokenizer = await tinyTokenizer(t);
	const [start, end] = ['<|im_start|>', '<|im_end|>'].map(text => tokenizer.tokenId(text)!);
	t.deepEqual(tokenizer.encodeTemplate('<|im_start|>a<|im_end|>'), [start, ...tokenizer.encode('a'), end]);
});

test('markup that is not marked special can not be forged either', async t => {
	const tokenizer = await tinyTokenizer(t, {added: ['<tool_call>', 'ü', '   ']});
	t.false(tokenizer.encode('<tool_call>').includes(tokenizer.tokenId('<tool_call>')!));
	t.deepEqual(tokenizer.encode('ü   '), [tokenizer.tokenId('ü'), tokenizer.tokenId('   ')]);
});

test('a normalizer does not change the characters of a file', async t => {
	const tokenizer = await tinyTokenizer(t, {tokenizer: {normalizer: {type: 'NFC'}}});
	const text = 'e\u0301 \u212b é';
	t.is(tokenizer.decode(tokenizer.encode(text)), text);
});

test('control characters that a vocabulary lacks are not dropped', async t => {
	const specials = ['<|endoftext|>', '<|im_end|>', '<file_sep>', '<gh_stars>'];
	const tokenizer = await tinyTokenizer(t, {specials, missingBytes: [0x04, 0x13]});
	const ids = tokenizer.encode(allControls);
	t.is(tokenizer.decode(ids), allControls);
	t.false(ids.includes(tokenizer.tokenId('<|endoftext|>')!));
	t.false(ids.includes(tokenizer.tokenId('<|im_end|>')!));
});

test('a character that can not be written at all is refused by name', async t => {
	const tokenizer = await tinyTokenizer(t, {missingBytes: [0x04]});
	t.throws(() => tokenizer.encode('a\u0004'), {instanceOf: UnencodableTextError, message: /got U\+0004/});
});

test('a lone surrogate is refused with its place', async t => {
	const tokenizer = await tinyTokenizer(t);
	t.throws(() => tokenizer.encode('ab\ud800c'), {
		instanceOf: UnencodableTextError,
		message: /got the lone surrogate U\+D800 at offset 2/,
	});
	t.notThrows(() => tokenizer.encode('\u{1F642}'));
});

test('an id outside the vocabulary is an error, not an empty text', async t => {
	const tokenizer = await tinyTokenizer(t);
	t.throws(() => tokenizer.decode([tokenizer.vocabularySize]), {instanceOf: RangeError, message: /got \d+/});
});

test('an unbroken run of a megabyte is merged as a short one is', async t => {
	const tokenizer = await tinyTokenizer(t);
	const run = 'a'.repeat(2 ** 20);
	const four = tokenizer.encode('aaaa');
	t.is(four.length, 1);
	const ids = tokenizer.encode(run);
	t.is(ids.length, 2 ** 18);
	t.true(ids.every(id => id === four[0]));
});

test('a template token takes the white space along that the model was trained without', async t => {
	const tokenizer = await tinyTokenizer(t, {
		tokenizer: {added_tokens: [{id: 300, content: '<|end|>', special: true, rstrip: true}]},
	});
	t.deepEqual(tokenizer.encodeTemplate('a<|end|>\n b'), [
		...tokenizer.encode('a'),
		300,
		...tokenizer.encode('b'),
	]);
});

test('a missing file is named', async t => {
	await t.throwsAsync(Tokenizer.load(path.join('no', 'such', 'directory')), {
		instanceOf: TokenizerLoadError,
		message: /tokenizer\.json: expected a JSON file, got ENOENT/,
	});
});

const metaspace = {type: 'Metaspace', replacement: '▁', prepend_scheme: 'first'};
const unsupported: Record<string, Record<string, unknown>> = {
	'a SentencePiece model': {model: {type: 'Unigram', vocab: [['▁', 0]]}, decoder: metaspace},
	'a decoder of words': {decoder: metaspace},
	'a normalizer that rewrites text': {normalizer: {type: 'Lowercase'}},
	'a pre-tokenizer that drops spaces': {pre_tokenizer: {type: 'WhitespaceSplit'}},
	'a pre-tokenizer that adds a space': {pre_tokenizer: {type: 'ByteLevel', add_prefix_space: true}},
};
for (const [what, tokenizer] of Object.entries(unsupported)) {
	test(`${what} is refused at load`, async t => {
		const directory = await tinyTokenizerDirectory(t, {tokenizer});
		await t.throwsAsync(Tokenizer.load(directory), {
			instanceOf: TokenizerLoadError,
			message: /expected .+, got /,
		});
	});
}
