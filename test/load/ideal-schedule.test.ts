import test from 'ava';
import {idealReadMs} from '../../bench/load/ideal-schedule.ts';

const passes = {maxTokens: 10, ms: (tokens: number) => 100 + tokens};

test('a prompt that fits is read in one pass', t => {
	t.deepEqual(idealReadMs([4], passes), [104]);
	t.deepEqual(idealReadMs([10], passes), [110]);
});

test('a longer prompt takes full passes and one for the rest', t => {
	t.deepEqual(idealReadMs([25], passes), [110 + 110 + 105]);
});

test('the shortest is read first, and the last pass holds what is left of all', t => {
	t.deepEqual(idealReadMs([12, 3], passes), [110 + 105, 110]);
	t.deepEqual(idealReadMs([4, 4], passes), [108, 108]);
});

test('no prompts take no time', t => {
	t.deepEqual(idealReadMs([], passes), []);
});
