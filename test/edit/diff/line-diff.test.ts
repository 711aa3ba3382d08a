import test from 'ava';
import fc from 'fast-check';
import {LineDiff} from '../../../src/edit/diff/line-diff.ts';
import type {LineOperation} from '../../../src/edit/diff/line-operation.ts';
import {splitLines} from '../../../src/edit/diff/original-lines.ts';
import {editCases} from '../../helpers/edit-cases.ts';
import {applyOperations, diffOf, numChangedLines, smallestChange} from '../../helpers/line-operations.ts';
import {anyText} from '../../helpers/unicode.ts';

const line = fc.oneof(fc.constantFrom('', '}', 'a', 'b', '\ta = 1;', '\uFEFFa', 'a\rb', '😀'), anyText);
const text = fc
	.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\r\n', '\r')), {maxLength: 40})
	.chain(lines => fc.tuple(fc.constant(lines.flat().join('')), fc.constantFrom('', 'last')))
	.map(parts => parts.join(''));
/** An original and an edit of it: pieces of the original, in any order, with others between them. */
const pair = fc
	.tuple(text, fc.array(fc.tuple(fc.nat(60), fc.nat(20), text), {maxLength: 6}))
	.map(([original, pieces]) => {
		const lines = splitLines(original);
		const edit = pieces.map(([start, count, added]) => lines.slice(start, start + count).join('') + added);
		return [original, edit.join('')] as const;
	});

/** Cuts a text into pieces that end at the given shares of it. */
function cut(whole: string, shares: readonly number[]): string[] {
	const ends = shares.map(share => Math.round(share * whole.length)).sort((a, b) => a - b);
	return [0, ...ends].map((start, index) => whole.slice(start, ends[index] ?? whole.length));
}

test('for any original, any output and any split of it the operations give the output', t => {
	const shares = fc.array(fc.double({min: 0, max: 1, noNaN: true}), {maxLength: 12});
	fc.assert(
		fc.property(fc.oneof(pair, fc.tuple(text, text)), shares, ([original, output], ends) => {
			const diff = new LineDiff(original);
			const sent = [...cut(output, ends).map(piece => diff.push(piece)), diff.end()];
			t.is(applyOperations(original, sent.flat()), output);
		}),
		{numRuns: 1000},
	);
});

test('what was sent so far gives a start of the output that ends with a line, and the rest of the original', t => {
	fc.assert(
		fc.property(pair, ([original, output]) => {
			const diff = new LineDiff(original);
			const sent: LineOperation[] = [];
			for (const piece of splitLines(output)) {
				sent.push(...diff.push(piece));
				const {written, rest} = applied(original, sent);
				t.true(output.startsWith(written) && original.endsWith(rest));
				t.regex(written, /(?:^|\n)$/);
			}
		}),
		{numRuns: 300},
	);
});

/** The text that operations wrote, and what stands behind their cursor. */
function applied(original: string, sent: readonly LineOperation[]) {
	const text = applyOperations(original, sent);
	const passed = sent.reduce(
		(sum, operation) =>
			sum +
			('keepLines' in operation
				? operation.keepLines
				: 'deleteLines' in operation
					? operation.deleteLines
					: 0),
		0,
	);
	const rest = splitLines(original).slice(passed).join('');
	return {written: text.slice(0, text.length - rest.length), rest};
}

test('a text that stays is one run of kept lines', t => {
	fc.assert(
		fc.property(text, original => {
			const numLines = splitLines(original).length;
			t.deepEqual(diffOf(original, original), numLines === 0 ? [] : [{keepLines: numLines}]);
		}),
	);
});

for (const {
	name,
	request: {original},
} of editCases()) {
	test(`one change in the middle is the smallest difference: ${name}`, t => {
		const lines = splitLines(original);
		const middle = lines.length >> 1;
		const edits = {
			insert: [...lines.slice(0, middle), 'new line\n', ...lines.slice(middle)],
			delete: [...lines.slice(0, middle), ...lines.slice(middle + 1)],
			replace: [...lines.slice(0, middle), 'one\n', 'two\n', ...lines.slice(middle + 1)],
		};
		for (const edited of Object.values(edits)) {
			t.is(numChangedLines(diffOf(original, edited.join(''))), smallestChange(original, edited.join('')));
		}
	});
}

test('lines that are left out, replaced or moved cost what they are', t => {
	const block = (name: string, size: number) =>
		[
			`function ${name}() {`,
			...Array.from({length: size}, (_, index) => `\t${name}(${index});`),
			'}',
			'',
		].join('\n');
	const [a, b, c] = [block('a', 5), block('b', 12), block('c', 6)];
	const changed = (edited: string) => numChangedLines(diffOf(`${a}${b}${c}`, edited));
	t.is(changed(`${a}${c}`), 14);
	t.is(changed(`${a}${block('d', 3)}${c}`), 17);
	t.is(changed(`${b}${a}${c}`), 14);
	t.is(changed(`${a}${a}${b}${c}`), 7);
});

test('a line that stands further on too is inserted where the next lines say so', t => {
	const original = 'a\nb\nc\nreturn x;\n}\nreturn x;\n';
	t.deepEqual(diffOf(original, original.replace('a\n', 'a\nreturn x;\n')), [
		{keepLines: 1},
		{insert: 'return x;\n'},
		{keepLines: 5},
	]);
});

test('hostile texts take time by their length: a megabyte in one line, a million lines, equal lines', t => {
	const long = 'x'.repeat(1 << 20);
	t.is(applyOperations(long, diffOf(long, `${long}y`, 1 << 8)), `${long}y`);
	const empty = '\n'.repeat(1 << 20);
	t.deepEqual(diffOf(empty, empty.slice(1), 1 << 12), [{keepLines: (1 << 20) - 1}, {deleteLines: 1}]);
	const equal = 'a\nb\n'.repeat(1 << 17);
	const swapped = 'b\nc\na\n'.repeat(1 << 17);
	t.is(applyOperations(equal, diffOf(equal, swapped, 1 << 12)), swapped);
});

test('no more than 16 lines are held back', t => {
	fc.assert(
		fc.property(pair, ([original, output]) => {
			const diff = new LineDiff(original);
			let [numRead, numWritten] = [0, 0];
			for (const piece of splitLines(output)) {
				numRead += 1;
				for (const operation of diff.push(piece)) {
					numWritten += 'insert' in operation ? splitLines(operation.insert).length : 0;
					numWritten += 'keepLines' in operation ? operation.keepLines : 0;
				}

				t.true(numRead - numWritten <= 16);
			}
		}),
	);
});
