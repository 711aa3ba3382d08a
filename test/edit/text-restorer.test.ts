import test from 'ava';
import fc from 'fast-check';
import type {SourceSpan} from '../../src/edit/answer-reader.ts';
import {readFileText, toModelText} from '../../src/edit/file-text.ts';
import {TextRestorer} from '../../src/edit/text-restorer.ts';
import {anyText} from '../helpers/unicode.ts';

const endings = ['\n', '\r\n', '\r'] as const;
const word = fc.constantFrom('', 'a', 'b', '}', '\ta = 1;', 'é🧪');
const ending = fc.constantFrom(...endings);
const lengths = fc.array(fc.integer({min: 1, max: 5}), {minLength: 1, maxLength: 6});
const sources = ['original', 'update', 'context', 'model'] as const;

/** Cuts a text after the given numbers of characters, over and over. */
function cut(text: string, at: readonly number[]): string[] {
	const pieces: string[] = [];
	for (let start = 0, index = 0; start < text.length; index++) {
		const end = start + at[index % at.length]!;
		pieces.push(text.slice(start, end));
		start = end;
	}

	return pieces;
}

/** What the service does with an answer that the model has closed: the text without its last line ending. */
function restore(file: string, answer: string, at: readonly number[] = [3]): string {
	const restorer = new TextRestorer(readFileText(file));
	const pieces = cut(answer, at).map((text, index) => {
		const span: SourceSpan = {start: 0, end: text.length, source: sources[index % sources.length]!};
		return restorer.push({text, spans: [span]}).text;
	});
	return pieces.join('') + restorer.end(true).text;
}

/** What the model writes to repeat a text: its lines, without the last line ending. */
const repeated = (text: string) => toModelText(text).replace(/\n$/, '');

test('the model reads line feeds alone, and no byte order mark at the start', t => {
	t.is(readFileText('\uFEFFa\r\nb\rc\nd\r\n\r\n').text, 'a\nb\nc\nd\n\n');
	t.is(toModelText('a\uFEFF\r\r\n'), 'a\uFEFF\n\n');
});

test('an answer that repeats the file gives back every byte of it', t => {
	const anyFile = fc.oneof(
		anyText,
		fc.array(fc.tuple(word, ending), {maxLength: 12}).map(lines => lines.flat().join('')),
		fc.tuple(fc.constantFrom('\uFEFF', ''), anyText).map(parts => parts.join('')),
	);
	fc.assert(
		fc.property(anyFile, lengths, (file, at) => {
			t.is(restore(file, repeated(file), at), file);
		}),
		{numRuns: 2000},
	);
});

test('a file whose lines all end alike comes back so, whatever the model writes', t => {
	const written = fc.array(fc.tuple(word, ending), {minLength: 1, maxLength: 12});
	fc.assert(
		fc.property(ending, written, lengths, (own, lines, at) => {
			const file = `a${own}b${own}`;
			const answer = lines.flat().join('');
			t.is(restore(file, `x${answer}`, at), `x${toModelText(answer)}\n`.replaceAll('\n', own));
		}),
		{numRuns: 1000},
	);
});

test('in a file of one line without an ending, new lines end in a line feed', t => {
	t.is(restore('a', 'a\r\nb'), 'a\nb');
});

test('a file keeps its last line ending, or its lack of one', t => {
	t.is(restore('a\r\nb', 'a\nb\nc'), 'a\r\nb\r\nc');
	t.is(restore('a\nb\r\n', 'a\nc'), 'a\nc\r\n');
});

test('in mixed files kept lines keep their endings and new lines take that of the line before', t => {
	const file = 'one\r\ntwo\nthree\r\nfour\nfive\r\n';
	t.is(restore(file, 'one\nnew\ntwo\nthree\nfour\nfive'), 'one\r\nnew\r\ntwo\nthree\r\nfour\nfive\r\n');
	t.is(restore(file, 'one\ntwo\nnew\nfour\nfive'), 'one\r\ntwo\nnew\nfour\nfive\r\n');
	t.is(restore(file, 'one\nthree\nfive'), 'one\r\nthree\r\nfive\r\n');
	t.is(restore(file, 'new\none\nfive'), 'new\r\none\r\nfive\r\n');
});

/** An edit of a mixed file of distinct lines: each is kept, changed or deleted, and new ones come in between. */
const edits = fc.array(
	fc.record({
		end: ending,
		fate: fc.constantFrom('kept', 'kept', 'changed', 'deleted'),
		numNew: fc.constantFrom(0, 0, 1, 2),
	}),
	{minLength: 1, maxLength: 15},
);

test('in a mixed file of distinct lines every ending is the one that the rule says', t => {
	fc.assert(
		fc.property(edits, lengths, (lines, at) => {
			const file = lines.map(({end}, index) => `line ${index}${end}`).join('');
			let last: string = lines[0]!.end;
			const answer: [string, string][] = [];
			for (const [index, {end, fate, numNew}] of lines.entries()) {
				if (fate !== 'deleted') {
					last = fate === 'kept' ? end : last;
					answer.push([`${fate === 'kept' ? 'line' : 'other'} ${index}`, last]);
				}

				for (let i = 0; i < numNew; i++) {
					answer.push([`new ${index} ${i}`, last]);
				}
			}

			const written = answer.map(([line]) => line).join('\n');
			const expected = answer.flat().slice(0, -1).join('') + (answer.length > 0 ? lines.at(-1)!.end : '');
			t.is(restore(file, written, at), expected);
		}),
		{numRuns: 2000},
	);
});

test('of equal lines in a mixed file the one at hand lends its ending', t => {
	const file = 'a {\r\n}\r\n\r\nb {\n}\n\nc {\r\n}\r\n';
	t.is(restore(file, 'a {\n}\n\nb {\n\tx\n}\n\nc {\n}'), 'a {\r\n}\r\n\r\nb {\n\tx\n}\n\nc {\r\n}\r\n');
	t.is(restore(file, 'b {\n}\n\nc {\n}'), 'b {\n}\n\nc {\r\n}\r\n');
	t.is(restore(file, 'a {\n}\n\nb2 {\n}\n\nc {\n}'), 'a {\r\n}\r\n\r\nb2 {\r\n}\n\nc {\r\n}\r\n');
});

test('a byte order mark stays where the file had one and is never added', t => {
	t.is(restore('\uFEFFa\n', 'b'), '\uFEFFb\n');
	t.is(restore('\uFEFFa\n', '\uFEFFb'), '\uFEFFb\n');
	t.is(restore('a\n', '\uFEFFb'), 'b\n');
	t.is(restore('a\n', 'a\uFEFF'), 'a\uFEFF\n');
	t.is(restore('a\n', '\uFEFF\uFEFFb', [1]), '\uFEFFb\n');
});

test('a file whose only line is deleted comes back empty, an unchanged empty line does not', t => {
	t.is(restore('a\n', ''), '');
	t.is(restore('a\r\nb\r\n', ''), '');
	t.is(restore('\r\n', ''), '\r\n');
	t.is(restore('\uFEFFa\n', ''), '');
});

test('a text that was cut short gets no line ending', t => {
	const restorer = new TextRestorer(readFileText('a\r\nb\r\n'));
	t.is(restorer.push({text: 'a\nx', spans: [{start: 0, end: 3, source: 'model'}]}).text, 'a\r\nx');
	t.is(restorer.end(false).text, '');
});

test('text comes out as it comes in, up to a carriage return that may be half of a line ending', t => {
	const restorer = new TextRestorer(readFileText('a\nb\n'));
	const push = (text: string) =>
		restorer.push({text, spans: [{start: 0, end: text.length, source: 'model'}]}).text;
	t.deepEqual(['x', '\n', 'y\r', '\n', 'z\r', 'w'].map(push), ['x', '\n', 'y', '\n', 'z', '\nw']);
});

test('spans cover the restored text without gaps, each character with its source', t => {
	fc.assert(
		fc.property(fc.constantFrom('\uFEFFa\r\n', 'a\r\nb\n', 'a\n'), anyText, lengths, (file, answer, at) => {
			const restorer = new TextRestorer(readFileText(file));
			for (const [index, text] of cut(answer, at).entries()) {
				const source = sources[index % sources.length]!;
				const {text: restored, spans} = restorer.push({text, spans: [{start: 0, end: text.length, source}]});
				t.is(spans.map(({start, end}) => restored.slice(start, end)).join(''), restored);
				t.true(spans.every(({start}, i) => start === (i === 0 ? 0 : spans[i - 1]!.end)));
				t.true(
					spans.every(span => span.source === source || restored.slice(span.start, span.end) === '\uFEFF'),
				);
			}
		}),
	);
});
