import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {charts} from '../../bench/figures/charts.ts';
import {markdownTable, number, replaceBetween, textBetween} from '../../bench/figures/markdown.ts';
import {marks} from '../../bench/figures/marks.ts';
import {readResults} from '../../bench/figures/results.ts';
import {performanceSection} from '../../bench/figures/section.ts';
import {engineResult, loadResult, peersResult, qualityResult} from './results.ts';

const root = new URL('../../', import.meta.url);
const kept = readResults(fileURLToPath(new URL('bench/results', root)));

test("the README's figures and pictures are those of the results that are kept", async t => {
	const readme = await readFile(new URL('README.md', root), 'utf8');
	t.is(textBetween(readme, marks), performanceSection(kept));
	for (const {name, svg} of charts(kept)) {
		t.is(await readFile(new URL(`docs/images/${name}`, root), 'utf8'), svg, name);
	}
});

test('figures come with their machine, date and revision, and with whether each aim was met', t => {
	const section = performanceSection({engine: engineResult, peers: peersResult, load: loadResult});
	t.is(
		section.split('2 cores of Test CPU (avx2, avx512_vnni), 8 GiB, 2026-01-02, revision abc1234').length,
		2,
	);
	t.true(section.includes('| whole edits, against the best peer: at least 2 × | 1.50 × | missed |'), section);
	t.true(section.includes('| engine int8 | 40.0 | 80.0 | 150 |'), section);
	t.true(section.includes('| float32 / int8 | 2.50 × | 2.00 × | 2.00 × |'), section);
	t.true(section.includes('transformers, continuous batching cannot run here: no such device'), section);
});

test('quality is told by number format and, for activations of 8 bits, by what reads them', t => {
	const section = performanceSection({quality: qualityResult});
	t.true(section.includes('| `tiny` int8 | 38 of 100 | 1 | 3 | 99.8 % | 97.0 % | 4.512 |'), section);
	t.true(section.includes('12,000 tokens of answers (tasks by set: "merge" 100) and 3,000 of code'), section);
	t.true(section.includes('| `tiny` | `down_proj` | 20.0 | 20.0, 1 | 3.00 % |'), section);
	t.true(section.includes('| `tiny` | `lm_head` | 4.00 |  | 2.00 % |'), section);
	t.true(section.includes('| `tiny` | all of them |  |  | 4.00 % |'), section);
});

test('results of different days are told apart', t => {
	const machine = {...engineResult.machine, date: '2026-01-03', revision: 'def5678'};
	const section = performanceSection({engine: engineResult, load: {...loadResult, machine}});
	t.true(section.includes('2026-01-02, revision abc1234; 2 cores of Test CPU'), section);
});

test('a figure that an older engine does not count is a dash', t => {
	const [engine] = loadResult.engines;
	// As JSON has it.
	const load = engine!.load.map(row => ({...row, stepsPerPass: null as unknown as number}));
	const section = performanceSection({load: {...loadResult, engines: [{...engine!, load}]}});
	t.true(section.includes('| 300 | – | 60.0 |'), section);
});

test('without results there is no section', t => {
	t.is(performanceSection({}), '');
});

test('a number has two decimals below 10, one below 100, none above', t => {
	t.deepEqual([0.5, 1.234, 12.34, 123.4, 1234].map(number), ['0.50', '1.23', '12.3', '123', '1,234']);
	t.is(number(Number.NaN), '–');
});

test('a table has its head in the first row', t => {
	t.is(
		markdownTable([
			['a', 'b'],
			['1', '2'],
		]),
		'| a | b |\n|---|---|\n| 1 | 2 |',
	);
});

test('what stands between the marks is replaced, and nothing else', t => {
	const file = 'above\n<a>\nold\n<b>\nbelow\n';
	const changed = replaceBetween(file, ['<a>', '<b>'], 'new\n');
	t.is(changed, 'above\n<a>\nnew\n<b>\nbelow\n');
	t.is(textBetween(changed, ['<a>', '<b>']), 'new\n');
	t.throws(() => replaceBetween('no marks', ['<a>', '<b>'], ''), {message: /expected <a> and behind it <b>/});
});
