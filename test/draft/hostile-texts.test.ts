import {setImmediate as nextTurn} from 'node:timers/promises';
import test from 'ava';
import {createDrafter} from '../../src/draft/create-drafter.ts';
import {mergeUpdate} from '../../src/draft/prediction/merge-update.ts';
import {runAtOnce} from '../../src/draft/slices.ts';
import {renamesIn} from '../../src/draft/tracking/instruction-renames.ts';
import {findWordPairs} from '../../src/draft/tracking/word-pairs.ts';
import {longTexts} from './long-texts.ts';
import {WordVocabulary} from './word-vocabulary.ts';

const closing = '\n```';
const lines = (count: number, line: string) => Array.from({length: count}, () => line).join('\n');
const merged = (original: string, update: string) =>
	runAtOnce(mergeUpdate(original, update)).lines.join('\n');

/** Builds a drafter, and drafts and commits against it for some passes. */
async function draftOn(original: string, update?: string, instruction?: string): Promise<number> {
	const vocabulary = new WordVocabulary();
	const prompt = vocabulary.encode(original);
	const originalSpan = {start: 0, end: prompt.length, firstCut: {token: 0, line: 0}};
	const texts = {original, update, instruction, closing};
	const drafter = await createDrafter({...texts, prompt, originalSpan, endToken: 0, vocabulary});
	let numTokens = 0;
	for (let pass = 0; pass < 20; pass++) {
		const [best] = drafter.draft(64, 2);
		const accepted = best?.tokens.slice(0, pass * 3) ?? [];
		numTokens += accepted.length;
		drafter.commit({tokens: [...accepted, vocabulary.idOf(`other${pass % 3}`)], leftover: []});
	}
	return numTokens;
}

const megabyte = 1 << 20;

test('a drafter is built and drafts, whatever one character the texts are made of', async t => {
	for (const [name, text] of longTexts(1 << 17)) {
		t.true((await draftOn(text)) > 0, name);
		t.true((await draftOn('a\nb\nc', text, text)) > 0, name);
	}
});

test('an update is merged, whatever a megabyte of one character it holds', t => {
	for (const [name, text] of longTexts(megabyte)) {
		const update = `// ...\n// a${text}b\nb\n// ...`;
		t.true(merged('a\nb\nc', update).endsWith('b\nc'), name);
		t.true(merged(`a\n${text}\nb`, `a\n${text}\nc`).startsWith('a\n'), name);
	}
});

test('an instruction is read, whatever a megabyte of one character it holds', t => {
	for (const [name, text] of longTexts(megabyte)) {
		for (const instruction of [
			`rename a${text}to b`,
			`rename ${text}`,
			`${text} -> b_1`,
			`use${text}instead of`,
		]) {
			t.true(renamesIn(instruction).length <= 64, name);
		}
	}
});

test('a file and an update of 15,000 equal or blank lines are merged to what the update says', t => {
	for (const line of ['', '}', '\t', 'x']) {
		const text = `a${lines(15_000, `\n${line}`)}z`;
		t.true(merged(text, text) === text, line);
		const shorter = `a${lines(14_000, `\n${line}`)}z`;
		t.true(merged(text, shorter) === shorter, line);
	}
});

test('past the budget an update with unique lines is still merged', t => {
	const original = Array.from({length: 20_000}, (_, index) => `call(${index});`);
	const changed = original.with(10_000, 'changed();');
	t.true(merged(original.join('\n'), changed.join('\n')) === changed.join('\n'));
	const snippet = `// ...\n${changed.slice(9000, 11_000).join('\n')}\n// ...`;
	t.true(merged(original.join('\n'), snippet) === changed.join('\n'));
});

test('past the budget an update in which nothing stands out leaves the original alone', t => {
	const original = lines(15_000, 'x');
	t.true(merged(original, `// ...\n${lines(15_000, 'x')}\n// ...`) === original);
});

test('others get their turn while the drafter of a large file is built', async t => {
	let numTurns = 0;
	let isBuilt = false;
	const count = async () => {
		while (!isBuilt) {
			await nextTurn();
			numTurns++;
		}
	};
	const counting = count();
	const original = Array.from({length: 20_000}, (_, index) => `const name${index} = load(${index});`).join(
		'\n',
	);
	await draftOn(original, original.replaceAll('load', 'read'));
	isBuilt = true;
	await counting;
	t.true(numTurns > 5, `${numTurns} turns`);
});

test('of an instruction that is nothing but renames some are taken', t => {
	const instruction = Array.from({length: 30_000}, (_, index) => `rename a${index} to b${index}`).join('\n');
	const pairs = renamesIn(instruction);
	t.is(pairs.length, 64);
	t.deepEqual(pairs[0], {old: 'a0', new: 'b0'});
});

test('long replacements are not compared word for word', t => {
	t.deepEqual(findWordPairs('a '.repeat(500_000), 'b '.repeat(500_000)), {pairs: [], numChanges: 0});
});
