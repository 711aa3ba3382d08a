import test from 'ava';
import {Prediction} from '../../../src/draft/prediction/prediction.ts';
import {runAtOnce} from '../../../src/draft/slices.ts';
import {TokenText} from '../../../src/draft/token-text.ts';
import {renamesIn} from '../../../src/draft/tracking/instruction-renames.ts';
import {Renames} from '../../../src/draft/tracking/renames.ts';
import {findWordPairs} from '../../../src/draft/tracking/word-pairs.ts';
import {defaultTuning} from '../../../src/draft/tuning.ts';
import {runScene} from '../scripted-loop.ts';
import {WordVocabulary} from '../word-vocabulary.ts';

const original = Array.from({length: 30}, (_, index) =>
	index % 3 === 0
		? `\tlet row${index} = readTable(input${index});`
		: `\tcheck(${index * 11}, value${index});`,
).join('\n');

test('a rename seen once is applied to the rest of the draft', async t => {
	const run = await runScene({
		original,
		target: original.replaceAll('readTable', 'readSheet'),
		maxTokens: 500,
	});
	t.true(run.numPasses <= 3, `${run.numPasses} passes`);
});

test('a rename that the instruction spells out is applied from the first pass', async t => {
	const target = original.replaceAll('readTable', 'openSheet');
	const run = await runScene({
		original,
		target,
		instruction: 'Rename `readTable` to `openSheet`.',
		maxTokens: 800,
	});
	t.is(run.numPasses, 1);
});

test('a rename is not applied inside of longer words', async t => {
	const before = `${original}\n\tlet kept = unreadTables(1);\n\tcheck(readTables);`;
	const target = before.replaceAll(/\breadTable\b/g, 'readSheet');
	t.true((await runScene({original: before, target, maxTokens: 500})).numPasses <= 3);
});

test('a word that is kept again is no longer replaced', async t => {
	const rest = original.replaceAll('readTable', 'readSheet').replaceAll('readSheet(input', 'readTable(input');
	const target = rest.replace('readTable', 'readSheet').replace(/readTable(?=\(input0)/, 'readSheet');
	const run = await runScene({original, target, maxTokens: 500});
	t.true(run.numPasses <= 8, `${run.numPasses} passes`);
});

test('a word pair is found with the words around it, and told from a rewrite', t => {
	t.deepEqual(findWordPairs('request.uri', 'request.url').pairs, [{old: 'uri', new: 'url'}]);
	t.deepEqual(findWordPairs('load(a)', 'load(this.a)').pairs, []);
	t.deepEqual(findWordPairs('count = a', 'count = this.a').numChanges, 1);
	t.deepEqual(findWordPairs('', 'new words').pairs, []);
	t.deepEqual(findWordPairs('old words', '').pairs, []);
});

test('instructions that rename are read; those that only sound like it are not', t => {
	const cases: [string, [string, string][]][] = [
		['rename foo to bar', [['foo', 'bar']]],
		['Rename the function `foo` to `bar`.', [['foo', 'bar']]],
		['replace oldName with newName', [['oldName', 'newName']]],
		['use tmp_path instead of tmpdir_1', [['tmpdir_1', 'tmp_path']]],
		['SetHTTPTemplate -> SetHTMLTemplate', [['SetHTTPTemplate', 'SetHTMLTemplate']]],
		['change it to work with streams', []],
		['Move everything into one file', []],
		['add a comment', []],
	];
	for (const [instruction, expected] of cases) {
		t.deepEqual(
			renamesIn(instruction).map(pair => [pair.old, pair.new]),
			expected,
			instruction,
		);
	}
});

test('no more than 64 renames are kept, the ones learnt last', t => {
	const vocabulary = new WordVocabulary();
	const text = Array.from({length: 100}, (_, index) => `name${index}`).join(' ');
	const tokens = Int32Array.from(vocabulary.encode(text));
	const parts = [{text, source: 'original'} as const];
	const prediction = runAtOnce(Prediction.build(tokens, parts, new TokenText(vocabulary)));
	const renames = new Renames(prediction, defaultTuning);
	for (let index = 0; index < 100; index++) {
		renames.expect({old: `name${index}`, new: `other${index}`});
	}
	const sites = renames.sites(0, prediction.length, []);
	t.is(sites.length, 64);
	t.is(sites[0]!.rename.old, 'name36');
});
