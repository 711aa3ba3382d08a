import test from 'ava';
import {firstStep} from '../../bench/first-step.ts';
import {GoodputPolicy} from '../../src/speculation/goodput-policy.ts';
import {PassTimes} from '../../src/speculation/pass-times.ts';
import {byteModel} from '../helpers/byte-model.ts';

const request = {
	original: 'let total = 1;\nreturn total;\n',
	instruction: 'Rename total to sum.',
	language: 'js',
};

test("the first step holds the service's prompt and its first draft", async t => {
	const model = await byteModel(t);
	const {prefix, keepLength, branches} = await firstStep(request, model);
	t.is(keepLength, 0);
	t.true(model.tokenizer.decode(prefix).includes('let total = 1;\nreturn total;'));
	t.true(model.tokenizer.decode(branches[0]!).startsWith('let sum = 1;\nreturn sum;'));
});

test('without speculation the first step is the prompt alone', async t => {
	const model = await byteModel(t);
	const {prefix} = await firstStep(request, model);
	const plain = await firstStep({...request, options: {speculation: false}}, model);
	t.deepEqual(plain, {keepLength: 0, adoptBranch: 0, prefix, branches: []});
});

test('a policy that sends nothing leaves the prompt alone', async t => {
	const model = await byteModel(t);
	const passTimes = new PassTimes([
		{tokens: 1, ms: 1},
		{tokens: 2, ms: 1000},
	]);
	const createPolicy = (maxTokens: number) => new GoodputPolicy(passTimes, maxTokens);
	t.deepEqual((await firstStep(request, model, {createPolicy})).branches, []);
});

test('what the service refuses has no first step', async t => {
	const model = await byteModel(t);
	await t.throwsAsync(firstStep({...request, original: ''}, model), {message: /^original: /});
});
