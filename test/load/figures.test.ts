import test from 'ava';
import {countsBetween, figures} from '../../bench/load/figures.ts';
import {quantile} from '../../bench/quantile.ts';

const edit = {promptTokens: 10, outputTokens: 30, firstDeltaMs: 400, longestGapMs: 50};

test('a run is told in tokens per second, first deltas, gaps, and what a pass held', t => {
	const edits = [edit, {...edit, firstDeltaMs: 800, longestGapMs: 90}];
	t.deepEqual(figures({edits, elapsedMs: 2000}, [10, 250, 20]), {
		tokensPerSecond: 30,
		firstMsP50: 800,
		firstMsP99: 800,
		longestGapMs: 90,
		stepsPerPass: 2,
		tokensPerPass: 25,
	});
});

test('what an engine does not count is no number', t => {
	const counts = countsBetween([5, 100, undefined], [15, 350, undefined]);
	t.deepEqual(counts, [10, 250, undefined]);
	const {stepsPerPass, tokensPerPass} = figures({edits: [edit], elapsedMs: 1000}, counts);
	t.deepEqual({stepsPerPass, tokensPerPass}, {stepsPerPass: Number.NaN, tokensPerPass: 25});
});

test('a quantile is one of the values, whatever their order', t => {
	t.is(quantile([3, 1, 2], 0.5), 2);
	t.is(quantile([3, 1, 2], 0), 1);
	t.is(quantile([3, 1, 2], 1), 3);
	t.is(quantile([], 0.5), 0);
});
