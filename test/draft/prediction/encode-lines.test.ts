import test from 'ava';
import fc from 'fast-check';
import {encodeLines} from '../../../src/draft/prediction/encode-lines.ts';
import {KnownLines} from '../../../src/draft/prediction/known-lines.ts';
import {unchangedText} from '../../../src/draft/prediction/predicted-text.ts';
import {runAtOnce} from '../../../src/draft/slices.ts';
import {TokenText} from '../../../src/draft/token-text.ts';
import {findText} from '../../../src/edit/text-span.ts';
import type {Tokenizer} from '../../../src/tokenizer/tokenizer.ts';
import {tinyTokenizer} from '../../helpers/tiny-tokenizer.ts';

const before = 'File:\n\n```\n';
const closing = '\n```';

/** The original's lines as a prompt holds them, which encodes them together with what stands around. */
function knownLines(tokenizer: Tokenizer, original: string): KnownLines {
	const prompt = tokenizer.encode(`${before}${original}${closing}\n\nUpdate:`);
	const start = Buffer.byteLength(before);
	const span = findText(tokenizer, prompt, {from: 0, start, end: start + Buffer.byteLength(original)});
	return runAtOnce(KnownLines.read(prompt, span, original.split('\n'), new TokenText(tokenizer)));
}

const piece = fc.constantFrom(
	'',
	' ',
	'  ',
	'\t',
	'the',
	'err',
	'a',
	'aaaa',
	'(',
	');',
	'=',
	"'t",
	'7',
	'é',
	'漢',
	'🧪',
	'`',
);
const line = fc.array(piece, {maxLength: 6}).map(pieces => pieces.join(''));
const lines = fc.array(line, {minLength: 1, maxLength: 30});
/** Which lines of the original stay, and what is written between them. */
const edits = fc.array(fc.record({keep: fc.nat(8), drop: fc.nat(3), add: fc.array(line, {maxLength: 3})}), {
	maxLength: 6,
});

function applyEdits(
	original: readonly string[],
	list: readonly {keep: number; drop: number; add: readonly string[]}[],
) {
	const predicted = {lines: [] as string[], originalLines: [] as number[], newline: '\n'};
	let at = 0;
	for (const {keep, drop, add} of list) {
		for (const end = Math.min(original.length, at + keep); at < end; at++) {
			predicted.lines.push(original[at]!);
			predicted.originalLines.push(at);
		}
		at = Math.min(original.length, at + drop);
		predicted.lines.push(...add);
		predicted.originalLines.push(...add.map(() => -1));
	}
	return predicted;
}

test('the ids are those of the whole text, whichever lines were known', async t => {
	const tokenizer = await tinyTokenizer(t);
	fc.assert(
		fc.property(lines, edits, fc.constantFrom(closing, '', ';'), (original, list, end) => {
			const predicted = applyEdits(original, list);
			const known = knownLines(tokenizer, original.join('\n'));
			const tokens = runAtOnce(encodeLines(predicted, end, known, text => tokenizer.encode(text)));
			return String(tokens) === String(tokenizer.encode(predicted.lines.join('\n') + end));
		}),
		{numRuns: 500},
	);
	t.pass();
});

test('of a file that the prompt holds, hardly anything is encoded again', async t => {
	const tokenizer = await tinyTokenizer(t);
	const original = Array.from({length: 500}, (_, index) => `\tcall${index}(the, err);`);
	let numEncoded = 0;
	const encode = (text: string) => {
		numEncoded += text.length;
		return tokenizer.encode(text);
	};
	const known = knownLines(tokenizer, original.join('\n'));
	runAtOnce(encodeLines(unchangedText(original, '\n'), closing, known, encode));
	t.true(numEncoded < 20, `${numEncoded} characters`);
	const changed = unchangedText(original.with(250, '\tother();'), '\n');
	const originalLines = changed.originalLines.with(250, -1);
	runAtOnce(encodeLines({...changed, originalLines}, closing, known, encode));
	t.true(numEncoded < 120, `${numEncoded} characters`);
});

test('a long text is encoded in slices that meet behind words or, where there is none, between characters', async t => {
	const tokenizer = await tinyTokenizer(t);
	for (const unit of ['the err(a, a) ', '7', '🧪', '\n', ' ']) {
		const text = unit.repeat(30_000 / unit.length);
		const slices: string[] = [];
		const encode = (slice: string) => {
			slices.push(slice);
			return tokenizer.encode(slice);
		};
		const tokens = runAtOnce(encodeLines(unchangedText([text], '\n'), closing, undefined, encode));
		t.is(slices.join(''), text + closing);
		t.true(slices.every(slice => slice.length <= 1024));
		t.is(tokenizer.decode(tokens), text + closing);
	}
	const prose = 'the err(a, a) '.repeat(3000);
	t.deepEqual(
		runAtOnce(encodeLines(unchangedText([prose], '\n'), closing, undefined, text => tokenizer.encode(text))),
		tokenizer.encode(prose + closing),
	);
});
