import {status} from '@grpc/grpc-js';
import test from 'ava';
import {UnavailableError} from '../../src/errors/errors.ts';
import {MovingSequence} from '../../src/speculation/moving-sequence.ts';
import {sevens, startStandInTriton} from '../helpers/stand-in-triton.ts';
import {until} from '../helpers/start-server.ts';
import {at, dead, openSteps, signal, startPool, step} from './start-pool.ts';

test('sequences spread over the Tritons by the number that each has open', async t => {
	const tritons = [await startStandInTriton(t), await startStandInTriton(t)];
	const {pool} = await startPool(t, ...tritons);
	const sequences = await openSteps(pool, 6);
	t.deepEqual(
		tritons.map(({steps}) => steps.length),
		[3, 3],
	);
	await Promise.all(sequences.map(sequence => sequence.end()));
});

test('a Triton that is not ready gets no sequence', async t => {
	const [first, second] = [await startStandInTriton(t), await startStandInTriton(t)];
	first.isReady = false;
	const {pool} = await startPool(t, first, second);
	await openSteps(pool, 3);
	t.deepEqual([first.steps.length, second.steps.length], [0, 3]);
});

test('without a ready Triton the pool is unavailable and says why', async t => {
	const triton = await startStandInTriton(t);
	triton.isReady = false;
	const {pool, told} = await startPool(t, triton);
	t.throws(() => pool.open(), {instanceOf: UnavailableError, message: /is not ready/});
	triton.isReady = true;
	await until(() => pool.isReady);
	t.true(told.includes('pool ready'));
});

test('a Triton that failed a step is left alone until a real step succeeds there', async t => {
	const [first, second] = [await startStandInTriton(t), await startStandInTriton(t)];
	first.answer = () => dead;
	const {pool, told} = await startPool(t, first, second);
	const failing = [pool.open(), pool.open()];
	await Promise.allSettled(failing.map(sequence => sequence.verify(step, signal)));
	await Promise.all(failing.map(sequence => sequence.end()));
	const others = second.steps.length;
	await openSteps(pool, 4);
	t.is(second.steps.length, others + 4);
	first.answer = () => sevens(1);
	await until(() => told.lastIndexOf(`${first.address} ready`) > told.indexOf(`${first.address} not`, 2));
	const probes = first.steps.length;
	await openSteps(pool, 4);
	t.true(first.steps.length > probes);
});

test('the last ready Triton is never given up', async t => {
	const triton = await startStandInTriton(t);
	triton.answer = () => dead;
	const {pool} = await startPool(t, triton);
	await t.throwsAsync(pool.open().verify(step, signal));
	t.notThrows(() => pool.open());
});

test('a pool whose last Triton fails every probe is not ready and says why, until a probe succeeds', async t => {
	const triton = await startStandInTriton(t);
	triton.answer = () => dead;
	const {pool, told} = await startPool(t, triton);
	await t.throwsAsync(pool.open().verify(step, signal));
	await until(() => !pool.isReady);
	t.is(triton.steps.filter(({parameters}) => parameters.sequence_start?.boolParam).length, 4);
	t.throws(() => pool.open(), {instanceOf: UnavailableError, message: /fails its steps: .*CUDA error/});
	triton.answer = () => sevens(1);
	await until(() => pool.isReady);
	await openSteps(pool, 1);
	t.deepEqual(
		told.filter(line => line.startsWith('pool')),
		['pool ready', 'pool not ready', 'pool ready'],
	);
});

test('a full KV cache says nothing against the Triton that has it', async t => {
	const triton = await startStandInTriton(t);
	triton.answer = () => dead;
	const {pool, told} = await startPool(t, triton);
	await t.throwsAsync(pool.open().verify(step, signal));
	triton.answer = () => ({code: status.UNAVAILABLE, details: 'sequence 1: no room in the KV cache'});
	const ready = told.indexOf(`${triton.address} ready`);
	await until(() => told.includes(`${triton.address} ready`, ready + 1));
	t.false(told.includes('pool not ready'));
});

test('an address that is gone gets no new sequences and keeps those that it has', async t => {
	const [first, second] = [await startStandInTriton(t), await startStandInTriton(t)];
	const {pool, told} = await startPool(t, first);
	const [kept] = await openSteps(pool, 1);
	await pool.setLocations(at(second));
	await openSteps(pool, 2);
	t.deepEqual([first.steps.length, second.steps.length], [1, 2]);
	await kept!.verify(step, signal);
	t.is(first.steps.length, 2);
	t.false(told.includes(`${first.address} gone`));
	await kept!.end();
	t.true(told.includes(`${first.address} gone`));
});

test('a sequence on a Triton that dies goes on at the other one', async t => {
	const tritons = [await startStandInTriton(t), await startStandInTriton(t)];
	const {pool} = await startPool(t, ...tritons);
	const reasons: string[] = [];
	const onMove = (reason: string) => reasons.push(reason);
	const sequence = new MovingSequence(pool, {maxMoves: 3, maxWaitMs: 5000, onMove});
	await sequence.verify({...step, prefix: [1, 2, 3]}, signal);
	const [home, other] = tritons[0]!.steps.length > 0 ? tritons : [...tritons].reverse();
	home!.stop();
	await sequence.verify({...step, keepLength: 3, prefix: [7]}, signal);
	t.deepEqual(reasons, ['unavailable']);
	const tokens = other!.steps.at(-1)!;
	t.is(tokens.inputs[0]!.shape[1], '4');
	await sequence.end();
});
