import test from 'ava';
import {currentProcessor} from '../../../src/embedded/machine/processor.ts';

test('the instructions that matter are found among all others, in a fixed order', t => {
	const intel = 'processor\t: 0\nflags\t\t: fpu amx_bf16 avx2 sse4_2 fma avx512f\nbugs\t\t: avx512_bf16\n';
	t.deepEqual(currentProcessor(intel).features, ['fma', 'avx2', 'avx512f', 'amx_bf16']);
	t.deepEqual(currentProcessor('Features\t: fp asimd bf16\n').features, ['asimd', 'bf16']);
	t.deepEqual(currentProcessor('').features, []);
});

test('this machine has cores', t => {
	t.true(currentProcessor().numCores > 0);
});
