import test from 'ava';
import fc from 'fast-check';
import {GoodputPolicy} from '../../src/speculation/goodput-policy.ts';
import {type PassTime, PassTimes} from '../../src/speculation/pass-times.ts';

const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const truth = (tokens: number) => 70 + 3 * tokens;

function tableOf(msOf: (tokens: number) => number): PassTime[] {
	return sizes.map(tokens => ({tokens, ms: msOf(tokens)}));
}

/** Passes of every size, `count` of each. */
function observe(times: PassTimes, count: number, msOf = truth): void {
	for (let pass = 0; pass < count; pass++) {
		for (const tokens of sizes) {
			times.observe({packedTokens: tokens, passMs: msOf(tokens), queueMs: 0});
		}
	}
}

const pass = fc.record({
	packedTokens: fc.integer({min: 1, max: 100_000}),
	passMs: fc.double({min: 0, max: 1e6, noNaN: true}),
	queueMs: fc.double({min: 0, max: 1e6, noNaN: true}),
});

test('points never fall, are hit, and go on behind the last', t => {
	const times = new PassTimes([
		{tokens: 64, ms: 30},
		{tokens: 1, ms: 20},
		{tokens: 8, ms: 18},
	]);
	t.deepEqual(
		[1, 4, 8, 36, 64, 120].map(tokens => times.at(tokens)),
		[20, 20, 20, 25, 30, 40],
	);
	t.throws(() => new PassTimes([]), {instanceOf: RangeError});
	t.is(new PassTimes([{tokens: 8, ms: 5}]).at(100), 5);
});

test('a table inflated five times becomes the truth after a few passes of each size', t => {
	const times = new PassTimes(tableOf(tokens => 5 * truth(tokens)));
	observe(times, 5);
	for (const tokens of [1, 3, 8, 50, 128, 200, 256]) {
		t.true(Math.abs(times.at(tokens) - truth(tokens)) < 1e-6, `${tokens} tokens: ${times.at(tokens)} ms`);
	}
});

test('a table too short becomes the truth as well', t => {
	const times = new PassTimes(tableOf(tokens => truth(tokens) / 5));
	observe(times, 5);
	t.true(sizes.every(tokens => Math.abs(times.at(tokens) - truth(tokens)) < 1e-6));
});

test('whatever a table was inflated by, point for point, no time stays above that of twice the tokens', t => {
	fc.assert(
		fc.property(
			fc.array(fc.double({min: 1, max: 5, noNaN: true}), {minLength: 9, maxLength: 9}),
			fc.array(fc.integer({min: 1, max: 256}), {maxLength: 400}),
			(factors, lengths) => {
				const inflated = sizes.map((tokens, index) => ({tokens, ms: truth(tokens) * factors[index]!}));
				const times = new PassTimes(inflated);
				observe(times, 5);
				for (const tokens of lengths) {
					// Every third pass of a length is held up.
					for (const slowness of [1, 4, 1]) {
						times.observe({packedTokens: tokens, passMs: truth(tokens) * slowness, queueMs: 0});
					}
				}
				return sizes.every(
					tokens => times.at(tokens) < truth(2 * tokens) && times.at(tokens) > truth(tokens / 2),
				);
			},
		),
		{numRuns: 50},
	);
	t.pass();
});

test('sizes that were not seen yet are scaled as those that were', t => {
	const times = new PassTimes(tableOf(tokens => 5 * truth(tokens)));
	for (let index = 0; index < 5; index++) {
		times.observe({packedTokens: 128, passMs: truth(128), queueMs: 0});
	}
	t.true(sizes.every(tokens => Math.abs(times.at(tokens) - truth(tokens)) < 0.1));
});

test('fewer passes than five of a size leave what was measured', t => {
	const times = new PassTimes(tableOf(truth));
	observe(times, 4, () => 1);
	t.true(sizes.every(tokens => times.at(tokens) === truth(tokens)));
});

test('passes long ago are forgotten', t => {
	const times = new PassTimes(tableOf(truth));
	observe(times, 100, tokens => 9 * truth(tokens));
	observe(times, 31);
	t.true(sizes.every(tokens => Math.abs(times.at(tokens) - truth(tokens)) < 1e-6));
});

test('the shortest wait is part of every pass, the waits for other edits are not', t => {
	const times = new PassTimes(tableOf(truth));
	for (let index = 0; index < 20; index++) {
		times.observe({packedTokens: 64, passMs: 100, queueMs: index === 7 ? 2 : 500});
	}
	t.is(times.at(64), 102);
});

test('whatever is observed, times are finite and never fall, and the points stay few', t => {
	fc.assert(
		fc.property(fc.array(pass, {maxLength: 300}), passes => {
			const times = new PassTimes(tableOf(truth));
			for (const one of passes) {
				times.observe(one);
			}
			const {points} = times;
			return (
				points.length <= sizes.length + 17 &&
				points.every(
					({tokens, ms}, index) =>
						Number.isFinite(ms) &&
						ms > 0 &&
						(index === 0 || (tokens > points[index - 1]!.tokens && ms >= points[index - 1]!.ms)),
				)
			);
		}),
	);
	t.pass();
});

test('whatever is observed, a chosen draft never costs more than plain decoding by the policy’s own estimate', t => {
	fc.assert(
		fc.property(
			fc.array(pass, {maxLength: 100}),
			fc.array(fc.double({min: 0, max: 1, noNaN: true}), {maxLength: 40}),
			fc.nat(200),
			(passes, chances, otherTokens) => {
				const times = new PassTimes(tableOf(truth));
				const policy = new GoodputPolicy(times, 64);
				for (const one of passes) {
					policy.observe(one);
				}
				const acceptance = chances.toSorted((left, right) => right - left);
				const draft = {
					acceptance,
					tokens: acceptance.map(() => 1),
					sources: acceptance.map(() => 'context' as const),
				};
				const [length] = policy.choose([draft], otherTokens) as [number];
				const expected = 1 + acceptance.slice(0, length).reduce((sum, chance) => sum + chance, 0);
				return expected / times.at(1 + otherTokens + length) >= 1 / times.at(1 + otherTokens);
			},
		),
	);
	t.pass();
});

test('what one edit’s policy observes, the next edit’s policy knows', t => {
	const dear = tableOf(tokens => (tokens === 1 ? 70 : 1e6));
	const times = new PassTimes(dear);
	const draft = {acceptance: [0.9, 0.8], tokens: [1, 2], sources: ['original', 'original'] as const};
	t.deepEqual(new GoodputPolicy(times, 64).choose([draft], 0), [0]);
	const first = new GoodputPolicy(times, 64);
	for (let index = 0; index < 5; index++) {
		first.observe({packedTokens: 1, passMs: 70, queueMs: 0});
		first.observe({packedTokens: 3, passMs: 75, queueMs: 0});
	}
	t.deepEqual(new GoodputPolicy(times, 64).choose([draft], 0), [2]);
});

test('points are handed out to be kept, now and then', t => {
	const kept: (readonly PassTime[])[] = [];
	const times = new PassTimes(
		tableOf(tokens => 5 * truth(tokens)),
		points => kept.push(points),
	);
	observe(times, 60);
	t.is(kept.length, 2);
	t.true(kept[1]!.every(({tokens, ms}) => Math.abs(ms - truth(tokens)) < 1e-6));
});
