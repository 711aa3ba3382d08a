import test from 'ava';
import {SequenceLostError} from '../../src/speculation/verifier-errors.ts';
import {packInt32, unpackFloat32, unpackInt32} from '../../src/triton/tensors.ts';

const response = (name: string, datatype: string, shape: string[], bytes: number[]) => ({
	outputs: [{name, datatype, shape, parameters: {}}],
	rawOutputContents: [Buffer.from(bytes)],
});

test('integers travel as little-endian, whatever the machine', t => {
	const {inputs, rawInputContents} = packInt32({TOKENS: [1, 258, -1], KEEP: []});
	t.deepEqual([...rawInputContents[0]!], [1, 0, 0, 0, 2, 1, 0, 0, 255, 255, 255, 255]);
	t.is(rawInputContents[1]!.length, 0);
	t.deepEqual(inputs, [
		{name: 'TOKENS', datatype: 'INT32', shape: [1, 3]},
		{name: 'KEEP', datatype: 'INT32', shape: [1, 0]},
	]);
});

test('a tensor whose bytes do not fit its shape is not read as numbers', t => {
	t.throws(() => unpackInt32(response('ARGMAX', 'INT32', ['1', '2'], [1, 0, 0, 0]), 'ARGMAX'), {
		instanceOf: SequenceLostError,
		message: 'output ARGMAX: expected 8 bytes, got 4',
	});
});

test('an answer with the right shape and no bytes is an error, not zeros', t => {
	t.throws(() => unpackInt32(response('ARGMAX', 'INT32', ['1', '1'], []), 'ARGMAX'), {
		message: /expected 4 bytes, got 0/,
	});
});

test('a missing or mistyped output is named', t => {
	t.throws(() => unpackFloat32(response('MARGIN', 'INT32', ['1', '1'], [0, 0, 0, 0]), 'MARGIN'), {
		message: /expected FP32, got INT32/,
	});
	t.throws(() => unpackFloat32(response('ARGMAX', 'INT32', ['1', '0'], []), 'MARGIN'), {
		message: /expected FP32, got nothing/,
	});
});
