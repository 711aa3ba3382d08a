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
