import test from 'ava';
import fc from 'fast-check';
import {monotoneRegression} from '../../src/speculation/monotone-regression.ts';

const series = fc.array(
	fc.record({
		value: fc.double({min: -100, max: 100, noNaN: true}),
		weight: fc.double({min: 0.01, max: 10, noNaN: true}),
	}),
	{maxLength: 30},
);
const rises = (values: readonly number[]) =>
	values.every((value, index) => index === 0 || value >= values[index - 1]!);

test('the result never falls, and keeps the weighted mean', t => {
	fc.assert(
		fc.property(series, weighted => {
			const fitted = monotoneRegression(weighted);
			const excess = weighted.reduce(
				(sum, {value, weight}, index) => sum + weight * (fitted[index]! - value),
				0,
			);
			return fitted.length === weighted.length && rises(fitted) && Math.abs(excess) < 1e-6;
		}),
	);
	t.pass();
});

test('a series that never falls stays as it is', t => {
	t.deepEqual(monotoneRegression([1, 1, 4, 9].map(value => ({value, weight: 1}))), [1, 1, 4, 9]);
});

test('a light value gives way to a heavy one', t => {
	const [light, heavy] = monotoneRegression([
		{value: 100, weight: 0.001},
		{value: 10, weight: 1},
	]);
	t.is(light, heavy);
	t.true(Math.abs(heavy! - 10) < 0.1);
});
