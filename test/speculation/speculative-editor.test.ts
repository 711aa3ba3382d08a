import test from 'ava';
import fc from 'fast-check';
import {ListDrafter} from '../helpers/list-drafter.ts';
import {runEditor} from '../helpers/run-editor.ts';
import {ScriptedVerifier, scriptedModel} from '../helpers/scripted-verifier.ts';

const prompt = [101, 102, 103];
const end = 60;

function tokensOf(passes: readonly {tokens: readonly number[]}[]): number[] {
	return passes.flatMap(pass => [...pass.tokens]);
}

test('a wrong first draft token is not emitted', async t => {
	const target = [1, 2, 3, end];
	const verifier = new ScriptedVerifier(scriptedModel(prompt, target));
	const passes = await runEditor(verifier, {prompt, endToken: end, drafter: new ListDrafter([[[9, 2, 3]]])});
	t.deepEqual(tokensOf(passes), target);
	t.is(passes[0]!.acceptedTokens, 0);
	t.true(passes[0]!.mispredicted);
});

test('each draft token is compared with the prediction before it, not behind it', async t => {
	const target = [1, 1, 2, 2, 3, end];
	const verifier = new ScriptedVerifier(scriptedModel(prompt, target));
	const passes = await runEditor(verifier, {
		prompt,
		endToken: end,
		drafter: new ListDrafter([[[1, 1, 2, 2, 3, end]]]),
	});
	t.deepEqual(tokensOf(passes), target);
	t.is(passes.length, 1);
	t.is(passes[0]!.acceptedTokens, 6);
});

test('the cache is rolled back to the accepted tokens after a rejection', async t => {
	const target = [1, 2, 3, 4, end];
	const verifier = new ScriptedVerifier(scriptedModel(prompt, target));
	await runEditor(verifier, {prompt, endToken: end, drafter: new ListDrafter([[[1, 2, 8, 9]], [[4, end]]])});
	const kept = verifier.steps.map(({keepLength, prefix}) => ({keepLength, prefix}));
	t.deepEqual(kept, [
		{keepLength: 0, prefix: prompt},
		{keepLength: 5, prefix: [3]},
	]);
});

test('an end token inside an accepted draft ends the edit at that token', async t => {
	const target = [1, 2, end, 4, 5];
	const verifier = new ScriptedVerifier(scriptedModel(prompt, target));
	const passes = await runEditor(verifier, {
		prompt,
		endToken: end,
		drafter: new ListDrafter([[[1, 2, end, 4, 5]]]),
	});
	t.deepEqual(tokensOf(passes), [1, 2, end]);
	t.is(passes[0]!.acceptedTokens, 3);
	t.false(passes[0]!.mispredicted);
});

test('of two branches the longer agreeing one is accepted and its cache adopted', async t => {
	const target = [1, 2, 3, 4, 5, end];
	const verifier = new ScriptedVerifier(scriptedModel(prompt, target));
	const drafter = new ListDrafter([
		[
			[9, 9],
			[1, 2, 3],
		],
		[[5, end]],
	]);
	const passes = await runEditor(verifier, {prompt, endToken: end, drafter});
	t.deepEqual(tokensOf(passes), target);
	t.is(verifier.steps[1]!.adoptBranch, 1);
	t.is(verifier.steps[1]!.keepLength, 6);
});

test('the predictions behind a rejected token are handed back as hints', async t => {
	const target = [1, 2, 3, end];
	const model = scriptedModel(prompt, target);
	const drafter = new ListDrafter([[[1, 9, 3]]]);
	await runEditor(new ScriptedVerifier(model), {prompt, endToken: end, drafter});
	t.deepEqual(drafter.commits[0], {
		tokens: [1, 2],
		leftover: [model([...prompt, 1, 9]), model([...prompt, 1, 9, 3])],
	});
});

test('the limit on output tokens is never passed, also by an accepted draft', async t => {
	const target = Array.from({length: 40}, (_, i) => i);
	for (const maxOutputTokens of [1, 2, 7, 39]) {
		const verifier = new ScriptedVerifier(scriptedModel(prompt, target));
		const drafter = new ListDrafter(target.map((_, i) => [target.slice(i)]));
		const passes = await runEditor(verifier, {prompt, endToken: end, drafter, maxOutputTokens});
		t.deepEqual(tokensOf(passes), target.slice(0, maxOutputTokens));
	}
});

test('with a limit of 0 draft tokens every pass is plain decoding', async t => {
	const target = [1, 2, 3, end];
	const verifier = new ScriptedVerifier(scriptedModel(prompt, target));
	const passes = await runEditor(verifier, {
		prompt,
		endToken: end,
		maxDraftTokens: 0,
		drafter: new ListDrafter([[[1, 2, 3]]]),
	});
	t.is(passes.length, target.length);
	t.true(verifier.steps.every(step => step.branches.length === 0));
});

const token = fc.integer({min: 0, max: 20});
const candidates = fc.array(fc.array(token, {minLength: 1, maxLength: 12}), {maxLength: 3});

test('whatever the drafts hold, the output is that of greedy decoding', async t => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(token, {maxLength: 40}),
			fc.array(candidates, {maxLength: 40}),
			async (body, drafts) => {
				const target = [...body, end];
				const verifier = new ScriptedVerifier(scriptedModel(prompt, target));
				const passes = await runEditor(verifier, {prompt, endToken: end, drafter: new ListDrafter(drafts)});
				return JSON.stringify(tokensOf(passes)) === JSON.stringify(target);
			},
		),
		{numRuns: 300},
	);
	t.pass();
});
