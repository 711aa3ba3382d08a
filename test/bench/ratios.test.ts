import test from 'ava';
import {formatRatios} from '../../bench/engine/ratios.ts';
import {engineResult} from './results.ts';

test('a ratio is the passes of one format in the time of one in float32, beside what was promised', t => {
	t.deepEqual(formatRatios(engineResult.passMs, ['avx512_vnni']), [
		{tokens: 1, int8: 2.5, bfloat16: 2, aim: 2.5},
		{tokens: 8, int8: 2, bfloat16: 2},
		{tokens: 32, int8: 2, bfloat16: 2, aim: 2.5},
	]);
	t.is(formatRatios(engineResult.passMs, [])[0]!.aim, 1.5);
});
