import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import test from 'ava';
import {withLock} from '../../../src/embedded/process/lock.ts';
import {findPython} from '../../../src/embedded/python/find-python.ts';
import {startParent, temporaryDirectory} from '../support.ts';

const {executable: python} = await findPython();

test('two holders never overlap', async t => {
	const file = join(await temporaryDirectory(t), 'lock');
	let numInside = 0;
	let numWaits = 0;
	const hold = () =>
		withLock({python, file, onWait: () => numWaits++}, async () => {
			t.is(++numInside, 1);
			await delay(50);
			numInside--;
		});
	await Promise.all([hold(), hold(), hold()]);
	t.true(numWaits > 0);
});

test('a holder that is killed frees the lock', async t => {
	const file = join(await temporaryDirectory(t), 'lock');
	const holder = startParent(t, 'hold-lock.ts', [python, file]);
	t.is(await holder.nextLine(), 'held');
	holder.child.kill('SIGKILL');
	t.is(await withLock({python, file}, async () => 'mine'), 'mine');
});

test('an action that fails frees the lock and its error gets out', async t => {
	const file = join(await temporaryDirectory(t), 'lock');
	const fail = withLock({python, file}, async () => {
		throw new Error('in the action');
	});
	await t.throwsAsync(fail, {message: 'in the action'});
	t.is(await withLock({python, file}, async () => 'mine'), 'mine');
});

test('abort ends the wait', async t => {
	const file = join(await temporaryDirectory(t), 'lock');
	const stop = new AbortController();
	await withLock({python, file}, async () => {
		const options = {python, file, signal: stop.signal, onWait: () => stop.abort(new Error('enough'))};
		await t.throwsAsync(
			withLock(options, async () => t.fail()),
			{message: 'enough'},
		);
	});
});
