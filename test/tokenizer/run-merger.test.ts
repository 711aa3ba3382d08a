import {Tokenizer} from '@huggingface/tokenizers';
import test from 'ava';
import fc from 'fast-check';
import {RunMerger} from '../../src/tokenizer/run-merger.ts';

/** Merge tables in which every merge builds on tokens that are there already. */
const mergeTable = fc.array(fc.tuple(fc.nat(), fc.nat()), {maxLength: 40}).map(picks => {
	const texts = ['a', 'b', 'c'];
	const merges: [string, string][] = [];
	for (const [left, right] of picks) {
		const pair: [string, string] = [texts[left % texts.length]!, texts[right % texts.length]!];
		if (pair.join('').length < 40 && !texts.includes(pair.join(''))) {
			merges.push(pair);
			texts.push(pair.join(''));
		}
	}

	return {merges, vocabulary: new Map(texts.map((text, id) => [text, id]))};
});
const run = fc.string({unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 300});

test('a long run gets the ids that the library gives', t => {
	fc.assert(
		fc.property(mergeTable, run, ({merges, vocabulary}, text) => {
			const tokens: string[] = libraryModel(merges, vocabulary).encode([text]);
			const expected = tokens.map(token => vocabulary.get(token));
			t.deepEqual(new RunMerger(vocabulary, merges).merge(text), expected);
		}),
		{numRuns: 300},
	);
});

test('a merge table of the older form, one string a line, is read the same', t => {
	const vocabulary = new Map([
		['a', 0],
		['b', 1],
		['ab', 2],
	] as const);
	t.deepEqual(new RunMerger(vocabulary, ['a b']).merge('abab'), [2, 2]);
});

function libraryModel(merges: readonly (readonly string[])[], vocabulary: ReadonlyMap<string, number>) {
	const model = {type: 'BPE', vocab: Object.fromEntries(vocabulary), merges};
	const unused = {
		decoder: null,
		post_processor: null,
		pre_tokenizer: null,
		normalizer: null,
		added_tokens: [],
	};
	return new Tokenizer({model, ...unused}, {}).model!;
}
