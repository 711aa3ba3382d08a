import test from 'ava';
import fc from 'fast-check';
import {agreeingPrefix, longestAgreeing} from '../../src/speculation/agreeing-prefix.ts';

const list = fc.array(fc.integer({min: 0, max: 2}), {maxLength: 12});

test('the agreeing prefix is the longest common one', t => {
	fc.assert(
		fc.property(list, list, (left, right) => {
			const length = agreeingPrefix(left, right);
			const isCommon = String(left.slice(0, length)) === String(right.slice(0, length));
			const isLongest = length === Math.min(left.length, right.length) || left[length] !== right[length];
			return isCommon && isLongest;
		}),
	);
	t.is(agreeingPrefix('abc', 'abd'), 2);
});

test('of drafts that agree equally long the first wins', t => {
	const drafts = [[9], [1, 2, 8], [1, 2, 3], [1, 2]];
	t.deepEqual(
		longestAgreeing(drafts, () => [1, 2, 4]),
		{index: 1, numAgreeing: 2},
	);
	t.deepEqual(
		longestAgreeing(drafts, index => (index === 3 ? [1, 2] : [])),
		{index: 3, numAgreeing: 2},
	);
});

test('where no draft agrees, or there is none, the first one agrees in nothing', t => {
	t.deepEqual(
		longestAgreeing([[1], [2]], () => [3]),
		{index: 0, numAgreeing: 0},
	);
	t.deepEqual(
		longestAgreeing([], () => [3]),
		{index: 0, numAgreeing: 0},
	);
});
