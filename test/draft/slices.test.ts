import {setImmediate as nextTurn} from 'node:timers/promises';
import test from 'ava';
import {runAtOnce, runSliced, type Sliced} from '../../src/draft/slices.ts';

/** Goes on until the loop has turned three times. */
function* busy(turns: () => number): Sliced<number> {
	const first = turns();
	while (turns() < first + 3) {
		yield;
	}
	return turns() - first;
}

test('long work lets the event loop turn in between', async t => {
	let numTurns = 0;
	let isDone = false;
	const count = async () => {
		while (!isDone) {
			await nextTurn();
			numTurns++;
		}
	};
	const counting = count();
	t.true((await runSliced(busy(() => numTurns))) >= 3);
	isDone = true;
	await counting;
});

test('the result and the errors are those of the work', async t => {
	function* work(fails: boolean): Sliced<string> {
		yield;
		if (fails) {
			throw new RangeError('too far');
		}
		return 'done';
	}
	t.is(await runSliced(work(false)), 'done');
	t.is(runAtOnce(work(false)), 'done');
	await t.throwsAsync(runSliced(work(true)), {instanceOf: RangeError});
	t.throws(() => runAtOnce(work(true)), {instanceOf: RangeError});
});
