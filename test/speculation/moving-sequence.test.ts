import test from 'ava';
import fc from 'fast-check';
import {UnavailableError} from '../../src/errors/errors.ts';
import {MovingSequence} from '../../src/speculation/moving-sequence.ts';
import type {Verifier} from '../../src/speculation/verifier.ts';
import {SequenceLostError} from '../../src/speculation/verifier-errors.ts';
import {ListDrafter} from '../helpers/list-drafter.ts';
import {runEditor} from '../helpers/run-editor.ts';
import {ScriptedVerifier, scriptedModel} from '../helpers/scripted-verifier.ts';

const prompt = [101, 102];
const end = 60;
const options = {maxMoves: 3, maxWaitMs: 2000};
const moving = (verifier: Verifier, onMove?: (reason: string) => void): Verifier => ({
	open: () => new MovingSequence(verifier, {...options, ...(onMove && {onMove})}),
});

test('a lost cache in the middle of an edit does not change the output', async t => {
	const token = fc.integer({min: 0, max: 9});
	const drafts = fc.array(fc.array(fc.array(token, {minLength: 1, maxLength: 6}), {maxLength: 2}), {
		maxLength: 30,
	});
	await fc.assert(
		fc.asyncProperty(fc.array(token, {maxLength: 30}), drafts, fc.nat(20), async (body, passes, lossAt) => {
			const target = [...body, end];
			const verifier = new ScriptedVerifier(scriptedModel(prompt, target), [lossAt]);
			const result = await runEditor(moving(verifier), {
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
	await runEditor(moving(verifier), {prompt, endToken: end, drafter});
	const [, lost, , again] = verifier.steps;
	t.like(lost!, {keepLength: 3, prefix: [2], branches: [[3, 4]]});
	t.like(again!, {keepLength: 0, prefix: [...prompt, 1, 2], branches: [[3, 4]]});
	t.is(verifier.opened, 3);
	t.is(verifier.ended, 2);
});

test('after a move the loop goes on in the lengths of the whole context', async t => {
	const target = [1, 2, 3, 4, 5, 6, end];
	const verifier = new ScriptedVerifier(scriptedModel(prompt, target), [1, 3]);
	const drafter = new ListDrafter([[[1, 9]], [[3]], [[5, 9]]]);
	const passes = await runEditor(moving(verifier), {prompt, endToken: end, drafter});
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
		runEditor(moving(verifier), {prompt, endToken: end, drafter: new ListDrafter([])}),
	);
	t.is(error, failure);
	t.is(numOpened, 1);
});

test('a cache that is lost again and again ends the edit with the error', async t => {
	const losses = Array.from({length: 20}, (_, i) => i);
	const verifier = new ScriptedVerifier(scriptedModel(prompt, [1, end]), losses);
	await t.throwsAsync(runEditor(moving(verifier), {prompt, endToken: end, drafter: new ListDrafter([])}), {
		instanceOf: SequenceLostError,
	});
	t.is(verifier.opened, 4);
});

test('each move is told with its reason, and later moves wait', async t => {
	const verifier = new ScriptedVerifier(scriptedModel(prompt, [1, 2, end]), [1, 2]);
	const reasons: string[] = [];
	const drafter = new ListDrafter([]);
	await runEditor(
		moving(verifier, reason => reasons.push(reason)),
		{prompt, endToken: end, drafter},
	);
	t.deepEqual(reasons, ['lost', 'lost']);
});

test('a verifier that is away for a moment is waited for, from the first step on', async t => {
	const verifier = new ScriptedVerifier(scriptedModel(prompt, [1, end]));
	let numRefused = 0;
	const open = () => {
		if (numRefused < 2) {
			numRefused += 1;
			throw new UnavailableError('no Triton is ready');
		}

		return verifier.open();
	};
	const passes = await runEditor(moving({open}), {prompt, endToken: end, drafter: new ListDrafter([])});
	t.deepEqual(
		passes.flatMap(pass => [...pass.tokens]),
		[1, end],
	);
});

test('a verifier that stays away ends the edit with its reason when the budget for waiting is used up', async t => {
	const open = () => {
		throw new UnavailableError('no Triton is ready');
	};
	const sequence = new MovingSequence({open}, {maxMoves: 3, maxWaitMs: 250});
	const step = {keepLength: 0, adoptBranch: 0, prefix: [1], branches: []};
	await t.throwsAsync(sequence.verify(step, new AbortController().signal), {message: 'no Triton is ready'});
});

test('a caller that leaves while the sequence waits ends the wait', async t => {
	const open = () => {
		throw new UnavailableError('no Triton is ready');
	};
	const sequence = new MovingSequence({open}, {maxMoves: 3, maxWaitMs: 600_000});
	const step = {keepLength: 0, adoptBranch: 0, prefix: [1], branches: []};
	const leaving = new AbortController();
	const waiting = sequence.verify(step, leaving.signal);
	leaving.abort(new Error('the caller left'));
	await t.throwsAsync(waiting, {message: 'the caller left'});
});

/** Verifiers of which the first ones are gone: they refuse every step. */
function gone(numGone: number, hasTrustedServer: boolean) {
	const sound = new ScriptedVerifier(scriptedModel(prompt, [1, end]));
	let numOpened = 0;
	const verifier: Verifier = {
		hasTrustedServer,
		open() {
			numOpened += 1;
			const refuse = () => Promise.reject(new SequenceLostError('connection refused', 'unavailable'));
			return numOpened > numGone ? sound.open() : {verify: refuse, end: async () => {}};
		},
	};
	return {verifier, numOpened: () => numOpened};
}

const firstStep = {keepLength: 0, adoptBranch: 0, prefix: prompt, branches: []};

test('off a server that is gone the sequence moves without a wait where another one is there', async t => {
	const {verifier} = gone(3, true);
	const sequence = new MovingSequence(verifier, {maxMoves: 3, maxWaitMs: 0});
	const answer = await sequence.verify(firstStep, new AbortController().signal);
	t.deepEqual([...answer.branches[0]!.tokens], [1]);
});

test('off a server that is gone the sequence waits where no other one is there', async t => {
	const {verifier, numOpened} = gone(1, false);
	const sequence = new MovingSequence(verifier, {maxMoves: 3, maxWaitMs: 0});
	const step = sequence.verify(firstStep, new AbortController().signal);
	await t.throwsAsync(step, {message: 'connection refused'});
	t.is(numOpened(), 1);
});

test('servers that are there and gone in turn are left at once no more often than a sequence may move', async t => {
	const {verifier, numOpened} = gone(Infinity, true);
	const sequence = new MovingSequence(verifier, {maxMoves: 3, maxWaitMs: 0});
	const step = sequence.verify(firstStep, new AbortController().signal);
	await t.throwsAsync(step, {message: 'connection refused'});
	t.is(numOpened(), 4);
});
