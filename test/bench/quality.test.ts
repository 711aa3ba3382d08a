import test from 'ava';
import type {Case} from '../../bench/evaluate/cases.ts';
import {
	answerPassage,
	codePassages,
	codeSet,
	firstTokens,
	inEqualShares,
	lengthOf,
	type Passage,
} from '../../bench/quality/passages.ts';
import {type Dtype, dtypes, type Judgement, summarizeFormats} from '../../bench/quality/summary.ts';
import {byteModel} from '../helpers/byte-model.ts';

const edit: Case = {
	set: 'merge',
	kind: '',
	before: 'a = 1\nb = 2\nc = 3\nd = 4\n',
	instruction: '',
	update: '# ... existing code ...\nb = 2\nc = 30\nd = 4\n',
	language: 'python',
	after: 'a = 1\nb = 2\nc = 30\nd = 4\n',
};

test('an answer stands behind the prompt of the service, with its suggestion, and ends with fence and end token', async t => {
	const model = await byteModel(t);
	const {set, prompt, text} = await answerPassage(edit, model);
	t.is(set, 'merge');
	t.is(model.tokenizer.decode(text.slice(0, -1)), 'a = 1\nb = 2\nc = 30\nd = 4\n```');
	t.is(text.at(-1), model.endToken);
	t.is(model.tokenizer.decode(prompt).split('c = 30').length, 3);
});

test('code is the beginning of every file, each once, as far as there is room', async t => {
	const model = await byteModel(t);
	const long = {...edit, before: 'x'.repeat(900)};
	const passages = codePassages([edit, edit, long, {...edit, before: 'y'.repeat(40)}], model, 24 + 512 + 39);
	t.deepEqual(
		passages.map(({set, prompt, text}) => [set, prompt.length, text.length]),
		[
			[codeSet, 1, 23],
			[codeSet, 1, 511],
		],
	);
});

const passage = (set: string, key: string, length: number): Passage => ({
	key,
	set,
	prompt: [0],
	text: Array.from({length: length - 1}, (_, i) => i),
});

test('sets of short and of long tasks are given as many tokens, wherever the order is cut', t => {
	const short = ['a', 'b', 'c', 'd'].map(key => passage('short', key, 10));
	const long = ['A', 'B'].map(key => passage('long', key, 25));
	t.deepEqual(
		inEqualShares([...short, ...long]).map(({key}) => key),
		['a', 'b', 'A', 'c', 'd', 'B'],
	);
	t.is(lengthOf(long[0]!), 25);
	t.is(firstTokens(short, 29).length, 2);
});

const judged = (key: string, dtype: Dtype, choices: readonly number[], nats = 0): Judgement => ({
	key,
	dtype,
	choices,
	nats,
});

test('an answer is exact where every choice is its token, and what not every format has judged does not count', t => {
	const passages = ['right', 'lost', 'gained', 'partly'].map(key => passage('merge', key, 4));
	const [right, wrong] = [
		[0, 1, 2],
		[0, 9, 2],
	];
	const judgements = dtypes.flatMap(dtype => [
		judged('right', dtype, right),
		judged('lost', dtype, dtype === 'int8' ? wrong : right),
		judged('gained', dtype, dtype === 'int8' ? right : wrong),
		...(dtype === 'int8' ? [] : [judged('partly', dtype, right)]),
	]);
	const {tasks, answerTokens, formats, sets} = summarizeFormats(passages, judgements);
	t.is(tasks, 3);
	t.is(answerTokens, 9);
	t.like(formats[0], {dtype: 'float32', exact: 2, gained: 0, lost: 0, sameInAnswers: 1});
	t.like(formats[2], {dtype: 'int8', exact: 2, gained: 1, lost: 1, sameInAnswers: 7 / 9});
	t.deepEqual(sets, [{set: 'merge', tasks: 3, exact: {float32: 2, bfloat16: 2, int8: 2}}]);
});

test('code has a perplexity and no exact answers', t => {
	const code = passage(codeSet, 'code', 5);
	const choices = [7, 7, 7, 7];
	const judgements = dtypes.map(dtype => judged('code', dtype, choices, 4 * Math.log(3)));
	const {tasks, codeTokens, formats} = summarizeFormats([code], judgements);
	t.is(tasks, 0);
	t.is(codeTokens, 4);
	t.true(formats.every(({exact, sameInCode}) => exact === 0 && sameInCode === 1));
	t.true(formats.every(({perplexityOfCode}) => Math.abs(perplexityOfCode - 3) < 1e-12));
});
