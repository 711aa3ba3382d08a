import test, {type ExecutionContext} from 'ava';
import {applyPatch} from 'diff';
import fc from 'fast-check';
import {UnifiedDiff, unifiedDiff} from '../../src/cli/unified-diff.ts';
import {splitLines} from '../../src/edit/diff/original-lines.ts';
import {applyPatchWithGit} from '../helpers/apply-patch.ts';
import {editCases} from '../helpers/edit-cases.ts';
import {receivedDiff} from '../helpers/line-operations.ts';

const lines = fc
	.array(fc.constantFrom('a', 'b', 'c', '', '\tx', '--- a/file', '+++ b/file', '@@ -1 +1 @@', 'é\r'), {
		maxLength: 30,
	})
	.map(parts => parts.join('\n'));
const texts = fc.tuple(lines, fc.constantFrom('', '\n')).map(([text, ending]) => text + ending);
const manyLines = (text: string) => Array.from({length: 3000}, (_, index) => `${text} ${index}\n`).join('');

const diffBetween = (name: string, before: string, after: string) =>
	unifiedDiff(name, before, receivedDiff(before, after));

const applyWithGit = (t: ExecutionContext, name: string, before: string, after: string) =>
	applyPatchWithGit(t, name, before, diffBetween(name, before, after));

test('applied to the text before, it gives the text after', t => {
	fc.assert(
		fc.property(texts, texts, (before, after) => {
			const diff = diffBetween('file', before, after);
			return before === after ? diff === '' : applyPatch(before, diff) === after;
		}),
	);
	t.pass();
});

test('however the operations come, the hunks are those of the whole', t => {
	fc.assert(
		fc.property(texts, texts, fc.integer({min: 1, max: 20}), (before, after, pieceLength) => {
			const diff = new UnifiedDiff('file', before);
			const operations = receivedDiff(before, after, pieceLength);
			const given = operations.map(operation => diff.push([operation])).join('') + diff.end();
			t.is(given, unifiedDiff('file', before, operations));
		}),
	);
});

test('a hunk is given out when seven lines stay behind it', t => {
	const diff = new UnifiedDiff('file', manyLines('x'));
	t.is(diff.push([{operation: 'insert', insert: 'new\n'}]), '');
	t.is(diff.push([{operation: 'keepLines', keepLines: 6}]), '');
	const hunk = diff.push([{operation: 'keepLines', keepLines: 1}]);
	t.is(hunk, '--- a/file\n+++ b/file\n@@ -1,3 +1,4 @@\n+new\n x 0\n x 1\n x 2\n');
	t.is(diff.end(), '');
});

const pairs: readonly (readonly [name: string, before: string, after: string])[] = [
	['a changed line', 'a\nb\nc\n', 'a\nB\nc\n'],
	['a final line ending that goes', 'a\nb\n', 'a\nb'],
	['a final line ending that comes', 'a\nb', 'a\nb\n'],
	['a last line without ending that changes', 'a\nb', 'a\nc'],
	['carriage returns', 'a\r\nb\r\n', 'a\r\nB\r\n'],
	['a file that becomes many lines', 'a\n', manyLines('x')],
	['a file of which no line stays', manyLines('x'), manyLines('y')],
	[
		'a large change in the middle',
		`${manyLines('x')}a\n${manyLines('z')}`,
		`${manyLines('x')}${manyLines('y')}${manyLines('z')}`,
	],
];

for (const [name, before, after] of pairs) {
	test(`git applies the diff of ${name}`, async t => {
		t.is(await applyWithGit(t, 'file', before, after), after);
	});
}

for (const {name, request} of editCases()) {
	test(`git applies every patch of a fixture: ${name}`, async t => {
		const {original, path: file} = request;
		const lines = splitLines(original);
		const middle = lines.length >> 1;
		const edits: readonly string[][] = [
			['first\n', ...lines],
			lines.slice(1),
			[...lines.slice(0, middle), 'one\r\n', 'two\n', ...lines.slice(middle + 2)],
			[...lines.slice(0, -1), lines.at(-1)!.trimEnd()],
			[...lines, '\n', 'last'],
			lines.toReversed(),
		];
		for (const edited of edits.map(edit => edit.join('')).filter(text => text !== original)) {
			t.is(await applyWithGit(t, file!, original, edited), edited);
		}
	});
}

for (const name of [
	'folder/file.ts',
	'with space.ts',
	'tab\there.ts',
	'qu"ote.ts',
	'back\\slash.ts',
	'größe.ts',
	'größe\t.ts',
]) {
	test(`git applies the diff of a file called ${JSON.stringify(name)}`, async t => {
		t.is(await applyWithGit(t, name, 'a\n', 'b\n'), 'b\n');
	});
}

test('a change of every line is one hunk with three lines around it', t => {
	const around = '1\n2\n3\n4\n';
	const diff = diffBetween(
		'file',
		`${around}${manyLines('x')}${around}`,
		`${around}${manyLines('y')}${around}`,
	);
	t.deepEqual(
		diff.split('\n').filter(line => line.startsWith('@@')),
		['@@ -2,3006 +2,3006 @@'],
	);
});
