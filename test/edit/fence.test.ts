import test from 'ava';
import fc from 'fast-check';
import {FenceReader, fenceFor} from '../../src/edit/fence.ts';

interface Reading {
	readonly text: string;
	readonly closed: boolean;
	/** Index of the piece that closed the fence; undefined where none did. */
	readonly closedAt: number | undefined;
}

function read(pieces: readonly string[], fence = '```'): Reading {
	const reader = new FenceReader(fence);
	let text = '';
	for (const [index, piece] of pieces.entries()) {
		const step = reader.push(piece);
		text += step.text;
		if (step.closed) {
			return {text, closed: true, closedAt: index};
		}
	}

	const last = reader.end();
	return {text: text + last.text, closed: last.closed, closedAt: undefined};
}

/** Cuts a text after the given numbers of characters, over and over. */
function cut(text: string, lengths: readonly number[]): string[] {
	const pieces: string[] = [];
	for (let start = 0, i = 0; start < text.length; i++) {
		pieces.push(text.slice(start, start + lengths[i % lengths.length]!));
		start += lengths[i % lengths.length]!;
	}

	return pieces;
}

/** The rule, written down a second time over the whole text. */
function expectedReading(output: string): {text: string; closed: boolean} {
	const lines = output.split(/(?<=\n)/);
	let start = 0;
	for (const line of lines) {
		if (/^`{3,}[ \t]*\r?\n?$/.test(line)) {
			return {text: output.slice(0, start).replace(/\r?\n$/, ''), closed: true};
		}

		start += line.length;
	}

	return {text: output, closed: false};
}

const lengths = fc.array(fc.integer({min: 1, max: 6}), {minLength: 1, maxLength: 5});
const nearlyFenced = fc
	.array(
		fc.constantFrom('\n', '\r\n', '\r', '`', '``', '```', '````', ' ', '\t', 'a', '```bash', '\n```', '\0'),
	)
	.map(parts => parts.join(''));

test('any output, wherever its pieces end, is read as the rule says', t => {
	fc.assert(
		fc.property(nearlyFenced, lengths, (output, at) => {
			const {text, closed} = read(cut(output, at));
			t.deepEqual({text, closed}, expectedReading(output), JSON.stringify(output));
		}),
		{numRuns: 3000},
	);
});

test('any content within the fence chosen for it comes back exactly', t => {
	const content = nearlyFenced.filter(text => !text.endsWith('\r'));
	fc.assert(
		fc.property(content, lengths, fc.constantFrom('', '\n', '\nThat is all.'), (text, at, rest) => {
			const fence = fenceFor([text]);
			const reading = read(cut(`${text}\n${fence}${rest}`, at), fence);
			t.true(reading.closed);
			t.is(reading.text, text);
		}),
		{numRuns: 2000},
	);
});

test('the piece that completes the closing line is the one that closes', t => {
	t.is(read(['a', '\n', '```', '\n', 'b']).closedAt, 3);
	t.is(read(['a', '\n``', '`\n', 'b']).closedAt, 2);
	t.is(read(['a\n```\r', '\n']).closedAt, 1);
	t.is(read(['a\n```\nb', 'c']).closedAt, 0);
});

test('a fence without a line break closes at the end of the output only', t => {
	t.deepEqual(read(['a', '\n```']), {text: 'a', closed: true, closedAt: undefined});
	t.deepEqual(read(['a', '\n```  ']), {text: 'a', closed: true, closedAt: undefined});
});

test('a fence on the first line closes an empty content', t => {
	t.deepEqual(read(['``', '`\n']), {text: '', closed: true, closedAt: 1});
	t.deepEqual(read(['\n```\n']), {text: '', closed: true, closedAt: 0});
	t.deepEqual(read(['```']), {text: '', closed: true, closedAt: undefined});
});

test('the opening of another block does not close', t => {
	t.deepEqual(read(['a\n```', 'bash\nb']), {text: 'a\n```bash\nb', closed: false, closedAt: undefined});
});

test('a shorter fence, an indented one and one within a line are content', t => {
	for (const output of ['a\n``\nb', 'a\n ```\nb', 'a ```\nb', 'a\r```\rb']) {
		t.deepEqual(read([...output]), {text: output, closed: false, closedAt: undefined});
	}
});

test('a longer fence closes, as in CommonMark', t => {
	t.deepEqual(read(['a\n````\n']), {text: 'a', closed: true, closedAt: 0});
});

test('the line break before the fence is not content, in either form; blank lines before it are', t => {
	t.is(read(['a\r\n```\n']).text, 'a');
	t.is(read(['a\n\n```\n']).text, 'a\n');
	t.is(read(['a\r\n\r\n```\r\n']).text, 'a\r\n');
});

test('content comes out at once unless it may be the closing line', t => {
	const reader = new FenceReader('```');
	t.is(reader.push('let a').text, 'let a');
	t.is(reader.push(';\n').text, ';');
	t.is(reader.push('let').text, '\nlet');
	t.is(reader.push('\n``').text, '');
	t.is(reader.push('x').text, '\n``x');
});

test('what follows the closing line is ignored', t => {
	const reader = new FenceReader('```');
	reader.push('a\n```\n');
	t.deepEqual(reader.push('b'), {text: '', closed: true});
	t.deepEqual(reader.end(), {text: '', closed: true});
});

test('the fence is longer than any run of backticks in any text', t => {
	t.is(fenceFor([]), '```');
	t.is(fenceFor(['``', 'a`b']), '```');
	t.is(fenceFor(['```\nx\n```', '`````']), '``````');
});
