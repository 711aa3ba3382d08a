import test from 'ava';
import fc from 'fast-check';
import {RecoveringSequence} from '../../src/speculation/recovering-sequence.ts';
import type {Verifier} from '../../src/speculation/verifier.ts';
import {SequenceLostError} from '../../src/speculation/verifier-errors.ts';
import {ListDrafter} from '../helpers/list-drafter.ts';
import {runEditor} from '../helpers/run-editor.ts';
import {ScriptedVerifier, scriptedModel} from '../helpers/scripted-verifier.ts';

const prompt = [101, 102];
const end = 60;
const recovering = (verifier: Verifier): Verifier => ({open: () => new RecoveringSequence(verifier)});

test('a lost cache in the middle of an edit does not change the output', async t => {
	const token = fc.integer({min: 0, max: 9});
	const drafts = fc.array(fc.array(fc.array(token, {minLength: 1, maxLength: 6}), {maxLength: 2}), {
		maxLength: 30,
	});
	await fc.assert(
		fc.asyncProperty(fc.array(token, {maxLength: 30}), drafts, fc.nat(20), async (body, passes, lossAt) => {
			const target = [...body, end];
			const verifier = new ScriptedVerifier(scriptedModel(prompt, target), [lossAt]);
			const result = await runEditor(recovering(verifier), {
				prompt,
				endToken: end,
				drafter: new ListDrafter(passes),
			});
			return JSON.stringify(result.flatMap(pass => [...pass.tokens])) === JSON.stringify(target);
		}),
	);
	t.pass();
});

test('the whole context is read again into a fresh sequence, and each lost one is ended', async t => {
	const target = [1, 2, 3, 4, end];
	const verifier = new ScriptedVerifier(scriptedModel(prompt, target), [1, 2]);
	const drafter = new ListDrafter([[[1, 9]], [[3, 4]]]);
	await runEditor(recovering(verifier), {prompt, endToken: end, drafter});
	const [, lost, , again] = verifier.steps;
	t.like(lost!, {keepLength: 3, prefix: [2], branches: [[3, 4]]});
	t.like(again!, {keepLength: 0, prefix: [...prompt, 1, 2], branches: [[3, 4]]});
	t.is(verifier.opened, 3);
	t.is(verifier.ended, 2);
});

test('after a recovery the loop goes on in the lengths of the whole context', async t => {
	const target = [1, 2, 3, 4, 5, 6, end];
	const verifier = new ScriptedVerifier(scriptedModel(prompt, target), [1, 3]);
	const drafter = new ListDrafter([[[1, 9]], [[3]], [[5, 9]]]);
	const passes = await runEditor(recovering(verifier), {prompt, endToken: end, drafter});
	t.deepEqual(
		passes.flatMap(pass => [...pass.tokens]),
		target,
	);
	t.deepEqual(
		verifier.steps.map(step => step.keepLength),
		[0, 3, 0, 5, 0, 7],
	);
});

test('a failure that is no loss of the cache is passed on, and no sequence is opened for it', async t => {
	const failure = new Error('the model is on fire');
	let numOpened = 0;
	const verifier: Verifier = {
		open: () => {
			numOpened++;
			return {verify: () => Promise.reject(failure), end: async () => {}};
		},
	};
	const error = await t.throwsAsync(
		runEditor(recovering(verifier), {prompt, endToken: end, drafter: new ListDrafter([])}),
	);
	t.is(error, failure);
	t.is(numOpened, 1);
});

test('a cache that is lost again and again ends the edit with the error', async t => {
	const losses = Array.from({length: 20}, (_, i) => i);
	const verifier = new ScriptedVerifier(scriptedModel(prompt, [1, end]), losses);
	await t.throwsAsync(
		runEditor(recovering(verifier), {prompt, endToken: end, drafter: new ListDrafter([])}),
		{
			instanceOf: SequenceLostError,
		},
	);
	t.is(verifier.opened, 4);
});
