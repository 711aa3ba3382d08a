import test from 'ava';
import fc from 'fast-check';
import {EditCancelledError} from '../../src/errors/errors.ts';
import {EncoderPool} from '../../src/tokenizer/encoder-pool.ts';
import {encodePieces, inlineEncoder, TooManyTokensError} from '../../src/tokenizer/prompt-encoder.ts';
import {Tokenizer, UnencodableTextError} from '../../src/tokenizer/tokenizer.ts';
import {tinyTokenizer, tinyTokenizerDirectory} from '../helpers/tiny-tokenizer.ts';
import {anyText} from '../helpers/unicode.ts';

const {signal} = new AbortController();
const piece = (text: string, isTemplate = false) => ({text, isTemplate});

test('templates get their special tokens, other texts do not', async t => {
	const tokenizer = await tinyTokenizer(t);
	const [template, text] = encodePieces(tokenizer, [piece('<|im_end|>', true), piece('<|im_end|>')], 100);
	t.deepEqual(template, tokenizer.encodeTemplate('<|im_end|>'));
	t.deepEqual(text, tokenizer.encode('<|im_end|>'));
});

test('pieces are refused exactly where they have more tokens than allowed', async t => {
	const tokenizer = await tinyTokenizer(t);
	const pieces = fc.array(
		anyText.map(text => piece(text)),
		{maxLength: 3},
	);
	fc.assert(
		fc.property(pieces, fc.nat(40), (texts, maxTokens) => {
			const tokens = texts.map(({text}) => tokenizer.encode(text));
			if (tokens.flat().length > maxTokens) {
				t.throws(() => encodePieces(tokenizer, texts, maxTokens), {
					instanceOf: TooManyTokensError,
					message: `text: expected at most ${maxTokens} tokens, got more`,
				});
			} else {
				t.deepEqual(encodePieces(tokenizer, texts, maxTokens), tokens);
			}
		}),
	);
});

test('of a text that is far too long only the start is encoded', async t => {
	const tokenizer = await tinyTokenizer(t);
	const seen: number[] = [];
	const counting = Object.assign(Object.create(tokenizer), {
		encode(text: string) {
			seen.push(text.length);
			return tokenizer.encode(text);
		},
	}) as Tokenizer;
	t.throws(() => encodePieces(counting, [piece('x '.repeat(1 << 20))], 100), {
		instanceOf: TooManyTokensError,
	});
	t.deepEqual(seen, [1600]);
});

test('a text is never cut within a character', async t => {
	const tokenizer = await tinyTokenizer(t);
	t.throws(() => encodePieces(tokenizer, [piece(`x${'🧪'.repeat(100)}`)], 10), {
		instanceOf: TooManyTokensError,
	});
});

test('a pool encodes as its caller would', async t => {
	const directory = await tinyTokenizerDirectory(t, {missingBytes: [4]});
	const pool = await EncoderPool.start(directory);
	t.teardown(() => pool.close());
	const inline = inlineEncoder(await Tokenizer.load(directory));
	const pieces = [piece('<|im_start|>', true), piece('der 漢字\r\n'), piece('')];
	t.deepEqual(await pool.encode(pieces, 100, signal), await inline.encode(pieces, 100, signal));
	for (const encoder of [pool, inline]) {
		await t.throwsAsync(encoder.encode([piece('abc')], 2, signal), {instanceOf: TooManyTokensError});
		await t.throwsAsync(encoder.encode([piece('a\u0004')], 100, signal), {
			instanceOf: UnencodableTextError,
			message: /got U\+0004/,
		});
	}
});

test('whoever cancels leaves the queue, and the others get their turn', async t => {
	const pool = await EncoderPool.start(await tinyTokenizerDirectory(t));
	t.teardown(() => pool.close());
	const stop = new AbortController();
	const jobs = Array.from({length: 12}, (_, index) =>
		pool.encode([piece('a'.repeat(100))], 1000, index % 2 === 0 ? stop.signal : signal),
	);
	stop.abort();
	const results = await Promise.allSettled(jobs);
	for (const [index, result] of results.entries()) {
		if (index % 2 === 0) {
			t.true(result.status === 'rejected' && result.reason instanceof EditCancelledError);
		} else {
			t.true(result.status === 'fulfilled' && result.value[0]!.length === 25);
		}
	}
});

test('a directory without a tokenizer is told at the start', async t => {
	await t.throwsAsync(EncoderPool.start('no/such/directory'), {
		message: /tokenizer\.json: expected a JSON file/,
	});
});
