import test from 'ava';
import {isMet, targets} from '../../bench/figures/targets.ts';
import {engineResult, loadResult, peersResult, qualityResult} from './results.ts';

const measured = (...results: Parameters<typeof targets>) =>
	targets(...results).map(target => [target.measured, target.aim, isMet(target)]);

test('integer weights are held to 2.5 passes for one of float32, a step to 2 ms, a second edit to 5 times sooner', t => {
	t.deepEqual(measured({engine: engineResult}), [
		[2.5, 2.5, true],
		[2, 2.5, false],
		[1.5, 2, true],
		[9, 5, true],
	]);
});

test('without products of integers in one instruction, 1.5 passes are enough', t => {
	const machine = {...engineResult.machine, features: ['avx2']};
	t.deepEqual(measured({engine: {...engineResult, machine}}).slice(0, 2), [
		[2.5, 1.5, true],
		[2, 1.5, true],
	]);
});

test('plain decoding is held to llama.cpp in 8 bits, whole edits to the best peers with and without drafts', t => {
	t.deepEqual(measured({peers: peersResult}), [
		[15 / 12, 1, true],
		[60 / 40, 2, false],
		[60 / 10, 5, true],
	]);
});

test('under load, first deltas are held to the ideal, gaps to two full passes, drafts to plain decoding at the worst', t => {
	t.deepEqual(measured({load: loadResult}), [
		[1.2, 1.25, true],
		[1.3, 1.25, false],
		[900 / 500, 2, true],
		[50 / 40, 1, true],
	]);
});

test('integer weights are held to at most 1 % of the tasks fewer exact answers than float32 has', t => {
	t.deepEqual(measured({quality: qualityResult}), [[2, 1, false]]);
});

test('nothing is held to what was not measured', t => {
	t.deepEqual(targets({}), []);
	const [engine] = loadResult.engines;
	const fewCallers = {...loadResult, engines: [{...engine!, firstDeltas: []}]};
	t.is(targets({load: fewCallers}).length, 2);
	const [model] = qualityResult.models;
	t.deepEqual(targets({quality: {...qualityResult, models: [{...model!, tasks: 99}]}}), []);
});
