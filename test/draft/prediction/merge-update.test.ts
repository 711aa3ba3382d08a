import test from 'ava';
import {mergeUpdate} from '../../../src/draft/prediction/merge-update.ts';
import {partsOf} from '../../../src/draft/prediction/predicted-text.ts';
import {splitUpdate} from '../../../src/draft/prediction/update-segments.ts';
import {runAtOnce} from '../../../src/draft/slices.ts';
import {runScene} from '../scripted-loop.ts';

const original = [
	'import {a} from "a";',
	'',
	'export function first() {',
	'\treturn a(1);',
	'}',
	'',
	'export function second() {',
	'\tconst value = a(2);',
	'\tlog(value);',
	'\treturn value;',
	'}',
	'',
	'export function third() {',
	'\treturn a(3);',
	'}',
].join('\n');

function merged(update: string, text = original): string {
	return partsOf(runAtOnce(mergeUpdate(text, update)))
		.map(part => part.text)
		.join('');
}

test('an update is split at its markers, and knows where code was left out', t => {
	t.like(runAtOnce(splitUpdate('a\n// ...\nb\nc\n// ...')), [
		{lines: ['a'], isOpenBefore: false, isOpenBehind: true},
		{lines: ['b', 'c'], isOpenBefore: true, isOpenBehind: true},
	]);
});

test('a blank line beside a marker belongs to the marker', t => {
	const withBlanks = 'a\n\n// ...\n\nb\n\nc\n\n// ...';
	t.deepEqual(
		runAtOnce(splitUpdate(withBlanks)).map(({lines}) => lines),
		[['a'], ['b', '', 'c']],
	);
	const blankFree = original.replaceAll('\n\n', '\n');
	const update = '\n// ...\n\n\tconst value = a(2);\n\ttrace(value);\n\treturn value;\n\n// ...\n';
	t.is(merged(update, blankFree), blankFree.replace('log(value)', 'trace(value)'));
	t.is(
		merged(update.replaceAll('\n\n', '\n\n\n'), blankFree),
		blankFree.replace('log(value)', 'trace(value)'),
	);
});

test('a blank line between a marker and new code is part of that code', t => {
	const added = 'register(last);';
	t.is(merged(`// ...\n\treturn a(3);\n}\n\n${added}\n\n// ...`), `${original}\n\n${added}`);
	const between = `// ...\n\treturn a(1);\n}\n\n${added}\n\n// ...`;
	t.is(
		merged(between),
		original.replace('\n\nexport function second', `\n\n${added}\n\nexport function second`),
	);
});

test('two blank lines are a place in the file, where it has them', t => {
	const file = 'a()\n\n\nb()\n\n\nc()\n\n\nd()';
	t.is(merged('# ...\na()\n\n\nc()\n\n\n# ...', file), file.replace('b()\n\n\n', ''));
});

test('of blank lines between a marker and a line that was found, those that the file has not are the marker’s', t => {
	const update = '// ...\n\n\nexport function first() {\n\treturn a(0);\n}\n\n\n\n// ...';
	t.is(merged(update), original.replace('\treturn a(1);', '\treturn a(0);'));
});

test('a changed line between two lines of context replaces what stood there', t => {
	const update =
		'// ... existing code ...\n\tconst value = a(2);\n\ttrace(value);\n\treturn value;\n// ... existing code ...';
	t.is(merged(update), original.replace('log(value)', 'trace(value)'));
});

test('a line missing between two lines of context is deleted', t => {
	const update = '// ... existing code ...\n\tconst value = a(2);\n\treturn value;\n// ... existing code ...';
	t.is(merged(update), original.replace('\tlog(value);\n', ''));
});

test('new lines at the end of the file and at its start are kept', t => {
	t.is(
		merged(`// ... existing code ...\n\treturn a(3);\n}\n\nexport const last = 1;`),
		`${original}\n\nexport const last = 1;`,
	);
	t.is(
		merged(`import {b} from "b";\nimport {a} from "a";\n\n// ... existing code ...`),
		`import {b} from "b";\n${original}`,
	);
});

test('an update without any marker that covers part of the file keeps the rest of a long file', t => {
	const long = `${original}\n${Array.from({length: 300}, (_, index) => `call(${index});`).join('\n')}`;
	const update = 'export function third() {\n\treturn a(5);';
	t.is(merged(update, long), long.replace('a(3)', 'a(5)'));
});

test('of a short file too, an update without markers that shows a part of it keeps the rest', t => {
	const update = '\tconst value = a(2);\n\tlog(value);\n\tflush(value);\n\treturn value;';
	t.is(merged(update), original.replace('\tlog(value);', '\tlog(value);\n\tflush(value);'));
});

test('a whole file as the update deletes a line at its start or end, and replaces one there', t => {
	const lines = original.split('\n');
	t.is(merged(lines.slice(2).join('\n')), lines.slice(2).join('\n'));
	t.is(merged(lines.slice(0, -2).join('\n')), lines.slice(0, -2).join('\n'));
	const replaced = lines.with(0, 'import b from "b";').join('\n');
	t.is(merged(replaced), replaced);
});

test('beside a marker at its other end, an update that lacks the first or last line deletes it', t => {
	const lines = original.split('\n');
	t.is(merged(`${lines.slice(1, 4).join('\n')}\n// ...`), lines.slice(1).join('\n'));
	t.is(merged(`// ...\n${lines.slice(-4, -1).join('\n')}`), lines.slice(0, -1).join('\n'));
	t.is(merged(`${lines.slice(3, 5).join('\n')}\n// ...`), original);
});

test('a new block that is like its neighbour stands beside it, not in place of it', t => {
	const block = (name: string, value: number) =>
		`it('${name}', async () => {\n\tconst res = await get('/${name}');\n\texpect(res.status).toBe(200);\n\texpect(res.body).toBe(${value});\n});`;
	const [first, second, added, last] = ['first', 'second', 'added', 'last'].map(block);
	const update = `// ...\n\texpect(res.status).toBe(200);\n\texpect(res.body).toBe(1);\n});\n\n${added}\n\n${last!.split('\n')[0]}\n// ...`;
	t.is(merged(update, [first, second, last].join('\n\n')), [first, second, added, last].join('\n\n'));
});

test('an update in another indentation is brought into that of the file', t => {
	const update = '// ...\nconst value = a(2);\nlog(value);\nflush(value);\nreturn value;\n// ...';
	t.is(merged(update), original.replace('\tlog(value);', '\tlog(value);\n\tflush(value);'));
});

test('line endings of the file are kept', t => {
	const update = '// ...\n\tconst value = a(2);\n\ttrace(value);\n\treturn value;\n// ...';
	const windows = original.replaceAll('\n', '\r\n');
	t.is(merged(update, windows), windows.replace('log(value)', 'trace(value)'));
});

test('an update of markers alone, or an empty one, changes nothing', async t => {
	t.is(merged('// ... existing code ...'), original);
	t.is((await runScene({original, target: original, update: '', maxTokens: 500})).numPasses, 1);
});

test('with an update the whole answer is drafted in one pass', async t => {
	const update =
		'// ... existing code ...\n\tconst value = a(2);\n\ttrace(value);\n\treturn value;\n// ... existing code ...';
	const run = await runScene({
		original,
		update,
		target: original.replace('log(value)', 'trace(value)'),
		maxTokens: 500,
	});
	t.is(run.numPasses, 1);
	t.true(run.drafts[0]![0]!.sources.includes('update'));
	t.true(run.drafts[0]![0]!.sources.includes('original'));
});

test('where the update was placed wrongly, drafting falls back to the original and finds the new lines later', async t => {
	const block = (name: string) => `case ${name}:\n\tstart();\n\tbreak;`;
	const cases = ['1', '2', '3', '4', '5', '6'].map(block);
	const target = cases
		.with(3, cases[3]!.replace('start();', 'start();\n\tfinishQuickly(everything);'))
		.join('\n');
	const update = '// ...\n\tstart();\n\tfinishQuickly(everything);\n\tbreak;\n// ...';
	const run = await runScene({original: cases.join('\n'), update, target, maxTokens: 500});
	t.true(run.numPasses <= 6, `${run.numPasses} passes`);
});
