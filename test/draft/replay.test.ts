import test from 'ava';
import {frameEdit} from '../../bench/replay/load-edits.ts';
import {replay} from '../../bench/replay/replay.ts';
import {efficientEdit} from '../../bench/replay/rules/efficient-edit.ts';
import {lineDiff} from '../../bench/replay/rules/line-diff.ts';
import {perfectDiff} from '../../bench/replay/rules/perfect-diff.ts';
import {perfectResync} from '../../bench/replay/rules/perfect-resync.ts';
import {plain} from '../../bench/replay/rules/plain.ts';
import {promptLookup} from '../../bench/replay/rules/prompt-lookup.ts';
import {redraftRule} from '../../bench/replay/rules/redraft.ts';
import {suffixDecoding} from '../../bench/replay/rules/suffix-decoding.ts';
import {diffEdit} from '../../bench/replay/scores.ts';
import {diffTokens, expectations} from '../../bench/replay/token-diff.ts';
import {makeUpdateSnippet} from '../../bench/replay/update-snippet.ts';
import {byteModel} from '../helpers/byte-model.ts';

const before = Array.from({length: 30}, (_, index) => `row${index}.read(value${index});`).join('\n');
const after = before
	.replace('row9.read(value9);', 'table.read(value9);')
	.replace('row20.read(value20);\n', '');
const record = {
	before: `${before}\n`,
	after: `${after}\n`,
	path: 'a.py',
	message: 'Use the table.',
};

test('every rule comes to the end of the edit, and no pass yields more than its draft and one token', async t => {
	const model = await byteModel(t);
	const {edit, expect} = diffEdit(await frameEdit(record, model, false));
	const redraft = redraftRule('redraft', {maxCandidates: 2});
	for (const rule of [
		plain,
		promptLookup,
		suffixDecoding,
		lineDiff,
		efficientEdit,
		perfectDiff,
		perfectResync,
		redraft,
	]) {
		const result = replay(await rule.start({edit, maxDraftTokens: 32, model}), edit, expect, []);
		t.is(result.numTokens, edit.target.length, rule.name);
		t.true(result.numAcceptedTokens <= result.numDraftTokens);
		t.true(result.numTokens <= result.numAcceptedTokens + result.numPasses, rule.name);
	}
});

test('plain decoding takes one pass per token, and redraft the fewest of those that could run', async t => {
	const model = await byteModel(t);
	const {edit, expect} = diffEdit(await frameEdit(record, model, false));
	const passes = async (rule: typeof plain) =>
		replay(await rule.start({edit, maxDraftTokens: 64, model}), edit, expect, []).numPasses;
	t.is(await passes(plain), edit.target.length);
	const ours = await passes(redraftRule('redraft', {maxCandidates: 1}));
	for (const rule of [promptLookup, suffixDecoding, lineDiff, efficientEdit]) {
		t.true(ours < (await passes(rule)), rule.name);
	}
});

test('a misprediction is counted at unchanged tokens and at the first token of a hunk only', t => {
	const diff = diffTokens([1, 2, 3, 4, 5, 6], [1, 2, 9, 8, 4, 5, 6, 7]);
	t.is(diff.numHunks, 2);
	t.is(diff.numNovel, 3);
	t.deepEqual([...expectations(diff, 8)], [1, 1, 1, 0, 0, 1, 1, 1]);
	t.deepEqual([...expectations(diffTokens([1, 2, 3, 4], [1, 4]), 2)], [1, 1]);
});

test('the diff of equal texts has no hunk, and that of strangers has one', t => {
	t.is(diffTokens([1, 2, 3], [1, 2, 3]).numHunks, 0);
	t.is(diffTokens([1, 2, 3], [4, 5]).numHunks, 1);
	t.is(diffTokens([], [4, 5]).numHunks, 1);
	t.is(diffTokens([4, 5], []).numHunks, 1);
});

test('a snippet shows changed lines, two lines around them, and markers in the language’s comments', t => {
	const snippet = makeUpdateSnippet(before, after, 'a.py');
	t.is(snippet, makeUpdateSnippet(before, after, 'a.py'));
	t.is(
		snippet,
		[
			'# ... existing code ...',
			'row7.read(value7);',
			'row8.read(value8);',
			'table.read(value9);',
			'row10.read(value10);',
			'row11.read(value11);',
			'# ... existing code ...',
			'row18.read(value18);',
			'row19.read(value19);',
			'row21.read(value21);',
			'row22.read(value22);',
			'# ... existing code ...',
		].join('\n'),
	);
});

test('the frame is the service’s own: the final newline stripped, a fence that outgrows those in the file', async t => {
	const model = await byteModel(t);
	const edit = await frameEdit({...record, before: '```\ncode\n```\n'}, model, false);
	t.is(edit.prompt.original, '```\ncode\n```');
	t.is(edit.prompt.closing, '\n````');
	t.is(model.tokenizer.decode(edit.draft), '```\ncode\n```\n````<|im_end|>');
	t.is(model.tokenizer.decode(edit.target), `${after}\n\`\`\`\`<|im_end|>`);
	t.true(model.tokenizer.decode(edit.prompt.tokens).includes('File: `a.py`'));
});
