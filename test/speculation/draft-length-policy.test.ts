import test from 'ava';
import fc from 'fast-check';
import {AcceptanceModel} from '../../src/draft/tracking/acceptance.ts';
import {FixedLengthPolicy} from '../../src/speculation/draft-length-policy.ts';
import type {Draft} from '../../src/speculation/drafter.ts';
import {GoodputPolicy} from '../../src/speculation/goodput-policy.ts';
import {PassTimes} from '../../src/speculation/pass-times.ts';

const flatThenSteep = new PassTimes([
	{tokens: 1, ms: 10},
	{tokens: 100, ms: 10},
	{tokens: 200, ms: 110},
]);

function draftOf(acceptance: readonly number[]): Draft {
	return {acceptance, tokens: acceptance.map((_, index) => index), sources: acceptance.map(() => 'original')};
}

function constantRate(rate: number, length: number): Draft {
	return draftOf(Array.from({length}, (_, index) => rate ** (index + 1)));
}

test('a verbatim stretch runs to where time begins to cost more than the tokens bring', t => {
	const [length] = new GoodputPolicy(flatThenSteep, 512).choose([constantRate(0.9999, 400)], 0);
	t.is(length, 99);
});

test('tokens of other edits in the pass leave less room', t => {
	const [length] = new GoodputPolicy(flatThenSteep, 512).choose([constantRate(0.9999, 400)], 60);
	t.is(length, 39);
});

test('a draft that will not be accepted is not sent where every token costs', t => {
	const steep = new PassTimes([
		{tokens: 1, ms: 10},
		{tokens: 11, ms: 110},
	]);
	t.deepEqual(new GoodputPolicy(steep, 64).choose([constantRate(0.4, 20)], 0), [0]);
	t.deepEqual(new GoodputPolicy(steep, 64).choose([], 0), []);
});

test('a second candidate is sent where it is likelier than the tail of the first', t => {
	const first = draftOf([0.6, 0.5, 0.01, 0.001]);
	const second = draftOf([0.3, 0.25, 0.2]);
	const lengths = new GoodputPolicy(flatThenSteep, 5).choose([first, second], 0);
	t.deepEqual(lengths, [2, 3]);
});

test('a chosen draft never costs more than plain decoding by its own estimate, nor exceeds the limit', t => {
	fc.assert(
		fc.property(
			fc.array(fc.double({min: 0, max: 1, noNaN: true}), {maxLength: 40}),
			fc.integer({min: 0, max: 100}),
			fc.integer({min: 1, max: 30}),
			(values, otherTokens, maxTokens) => {
				const acceptance = values.sort((left, right) => right - left);
				const [length] = new GoodputPolicy(flatThenSteep, maxTokens).choose(
					[draftOf(acceptance)],
					otherTokens,
				) as [number];
				const expected = 1 + acceptance.slice(0, length).reduce((sum, value) => sum + value, 0);
				const rate = expected / flatThenSteep.at(1 + otherTokens + length);
				return length <= maxTokens && rate >= 1 / flatThenSteep.at(1 + otherTokens);
			},
		),
	);
	t.pass();
});

test('a fixed length sends the first draft only', t => {
	t.deepEqual(new FixedLengthPolicy(3).choose([constantRate(0.9, 8), constantRate(0.9, 8)]), [3, 0]);
});

test('acceptance falls in an edit whose drafts fail, and rises again in one whose drafts hold', t => {
	const acceptance = new AcceptanceModel();
	const tenth = () => acceptance.estimate('prediction', undefined, 8, 10)[9]!;
	const before = tenth();
	for (let pass = 0; pass < 20; pass++) {
		acceptance.observe('prediction', 8, 2, true);
	}
	const failing = tenth();
	t.true(failing < before);
	for (let pass = 0; pass < 200; pass++) {
		acceptance.observe('prediction', 8, 60, false);
	}
	t.true(tenth() > failing);
});
