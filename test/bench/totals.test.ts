import test from 'ava';
import {Totals} from '../../bench/peers/totals.ts';

test('rates are those of all runs together, and runs with the tokens of Redraft are counted', t => {
	const totals = new Totals(true);
	totals.add({tokens: [1, 2, 3], elapsedMs: 1000, decodedTokens: 2, decodeMs: 500}, [1, 2, 3]);
	totals.add({tokens: [1, 2, 4], elapsedMs: 2000, decodedTokens: 2, decodeMs: 1500}, [1, 2, 3]);
	t.deepEqual(totals.row('peer'), {
		name: 'peer',
		hasDrafts: true,
		tokensPerSecond: 2,
		decodeTokensPerSecond: 2,
		equalShare: 0.5,
	});
});
