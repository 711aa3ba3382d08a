import {readFile} from 'node:fs/promises';
import test from 'ava';
import {sequencesPerTriton} from '../src/model-backend.ts';

test('a Triton is given no more edits than its model has sequence slots', async t => {
	const config = new URL('../triton-models/verifier/config.pbtxt', import.meta.url);
	const [, slots] = /max_candidate_sequences: (\d+)/.exec(await readFile(config, 'utf8'))!;
	t.is(sequencesPerTriton, Number(slots));
});
