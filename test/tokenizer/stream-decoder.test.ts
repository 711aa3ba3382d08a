import {Buffer} from 'node:buffer';
import test from 'ava';
import fc from 'fast-check';
import {StreamDecoder} from '../../src/tokenizer/stream-decoder.ts';
import {anyText} from '../helpers/unicode.ts';

/** Tokens that are any runs of bytes, as byte-level BPE makes them. */
function decoderOf(tokens: readonly Uint8Array[]): StreamDecoder {
	return new StreamDecoder({tokenBytes: id => tokens[id]!});
}

function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
	const tokens: Uint8Array[] = [];
	let start = 0;
	for (let i = 0; start < bytes.length; i++) {
		const end = start + (lengths[i % lengths.length] ?? 1);
		tokens.push(bytes.subarray(start, end));
		start = end;
	}

	return tokens;
}

function pieces(tokens: readonly Uint8Array[]): string[] {
	const decoder = decoderOf(tokens);
	return [...tokens.map((_, id) => decoder.push([id])), decoder.flush()];
}

const lengths = fc.array(fc.integer({min: 1, max: 7}), {minLength: 1, maxLength: 8});
const loneSurrogate = /\p{Surrogate}/u;

test('the pieces of any text, wherever tokens cut it, join to the text', t => {
	fc.assert(
		fc.property(anyText, lengths, (text, at) => pieces(cut(Buffer.from(text), at)).join('') === text),
		{numRuns: 1000},
	);
	t.pass();
});

test('no piece holds half a character', t => {
	fc.assert(
		fc.property(anyText, lengths, (text, at) =>
			pieces(cut(Buffer.from(text), at)).every(
				piece => !loneSurrogate.test(piece) && (!piece.includes('\ufffd') || text.includes('\ufffd')),
			),
		),
		{numRuns: 1000},
	);
	t.pass();
});

test('bytes that are no UTF-8 decode as they do all at once', t => {
	const bytes = fc.uint8Array({maxLength: 40});
	const nearlyUtf8 = fc.array(
		fc.constantFrom(0xf0, 0x9f, 0x99, 0x82, 0xc3, 0xa9, 0x41, 0xe2, 0xed, 0xa0, 0xef, 0xbb, 0xbf),
	);
	fc.assert(
		fc.property(
			fc.oneof(
				bytes,
				nearlyUtf8.map(list => Uint8Array.from(list)),
			),
			lengths,
			(all, at) => {
				const expected = new TextDecoder('utf-8', {ignoreBOM: true}).decode(all);
				t.is(pieces(cut(all, at)).join(''), expected);
			},
		),
		{numRuns: 1000},
	);
});

test('a byte order mark at the start of a file is kept', t => {
	t.is(pieces(cut(Buffer.from('\ufeffa'), [1])).join(''), '\ufeffa');
});

test('an unfinished character becomes U+FFFD at the end and not before', t => {
	const decoder = decoderOf([Uint8Array.of(0x61, 0xf0, 0x9f), Uint8Array.of(0x99)]);
	t.is(decoder.push([0]), 'a');
	t.is(decoder.push([1]), '');
	t.is(decoder.flush(), '\ufffd');
});

test('bytes that nothing can complete become U+FFFD at once', t => {
	const decoder = decoderOf([Uint8Array.of(0xf0, 0x9f), Uint8Array.of(0x62)]);
	t.is(decoder.push([0]), '');
	t.is(decoder.push([1]), '\ufffdb');
});

test('a decoder may be used again after its flush', t => {
	const decoder = decoderOf([Uint8Array.of(0xc3), Uint8Array.of(0xa9)]);
	decoder.push([0]);
	decoder.flush();
	t.is(decoder.push([0, 1]), 'é');
});

test('many tokens and no tokens are both fine', t => {
	const decoder = decoderOf([Uint8Array.of(0xc3), Uint8Array.of(0xa9)]);
	t.is(decoder.push([]), '');
	t.is(decoder.push([0, 1, 0, 1]), 'éé');
	t.is(decoder.flush(), '');
});
