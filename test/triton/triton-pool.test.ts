import {status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {UnavailableError} from '../../src/errors/errors.ts';
import {MovingSequence} from '../../src/speculation/moving-sequence.ts';
import type {VerifierSequence} from '../../src/speculation/verifier.ts';
import {TritonPool} from '../../src/triton/triton-pool.ts';
import {TritonVerifier} from '../../src/triton/triton-verifier.ts';
import {type StandInTriton, sevens, startStandInTriton} from '../helpers/stand-in-triton.ts';
import {until} from '../helpers/start-server.ts';

const step = {keepLength: 0, adoptBranch: 0, prefix: [1], branches: []};
const {signal} = new AbortController();
const dead = {code: status.INTERNAL, details: 'CUDA error: an illegal memory access was encountered'};

const at = (...tritons: readonly StandInTriton[]) =>
	new Map(tritons.map(({address}) => [address, {address: () => address, reason: () => ''}]));

async function startPool(t: ExecutionContext, ...tritons: readonly StandInTriton[]) {
	const told: string[] = [];
	const observer = {
		tritonReady: (name: string, isReady: boolean) => void told.push(`${name} ${isReady ? 'ready' : 'not'}`),
		tritonGone: (name: string) => void told.push(`${name} gone`),
		openSequences: (name: string, count: number) => void told.push(`${name} ${count}`),
		kvTokens: (name: string, reserved: number, total: number) =>
			void told.push(`${name} ${reserved} of ${total} tokens`),
	};
	const pool = new TritonPool({
		watch: {modelName: 'verifier', intervalMs: 10, maxMessageBytes: 1 << 20},
		createVerifier: async (client, _signal, onKvTokens) =>
			new TritonVerifier(client, {modelName: 'verifier', stepTimeoutMs: 2000, endTimeoutMs: 500, onKvTokens}),
		observer,
		onChange: isReady => told.push(isReady ? 'pool ready' : 'pool not ready'),
		onRoom: () => told.push('room'),
		maxEditsPerTriton: 4,
		probeWaitMs: 5,
		maxProbeWaitMs: 20,
	});
	t.teardown(() => pool.stop());
	await pool.setLocations(at(...tritons));
	return {pool, told};
}

/** A Triton that tells of its KV cache with every answer. */
async function startWithCache(t: ExecutionContext, cache: {free: number; total: number}) {
	const triton = await startStandInTriton(t);
	triton.answer = () => sevens(1, [cache.free, cache.total]);
	return triton;
}

/** Lets the pool know the caches of its Tritons. */
async function withKnownCaches(started: {pool: TritonPool; told: string[]}, numTritons: number) {
	const sequences = await openSteps(started.pool, numTritons);
	await Promise.all(sequences.map(sequence => sequence.end()));
	return started;
}

async function openSteps(pool: TritonPool, count: number): Promise<VerifierSequence[]> {
	const sequences = Array.from({length: count}, () => pool.open());
	await Promise.all(sequences.map(sequence => sequence.verify(step, signal)));
	return sequences;
}

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

test('room is kept on the Triton with the fewest edits among those that have enough', async t => {
	const small = await startWithCache(t, {free: 500, total: 500});
	const large = await startWithCache(t, {free: 2000, total: 2000});
	const {pool} = await withKnownCaches(await startPool(t, small, large), 2);
	t.is(pool.maxTokens, 2000);
	const numSteps = large.steps.length;
	const reservations = [pool.reserve(800), pool.reserve(800)];
	for (const reservation of reservations) {
		const sequence = reservation!.open();
		await sequence.verify(step, signal);
		await sequence.end();
	}

	t.is(large.steps.length, numSteps + 4);
	t.is(pool.reserve(800), undefined);
	t.truthy(pool.reserve(400));
	reservations[0]!.release();
	reservations[0]!.release();
	t.truthy(pool.reserve(1200));
	t.is(pool.reserve(101), undefined);
});

test('a Triton holds no more edits than it has sequence slots, however small they are', async t => {
	const {pool} = await startPool(t, await startStandInTriton(t));
	const reservations = Array.from({length: 4}, () => pool.reserve(1));
	t.true(reservations.every(reservation => reservation !== undefined));
	t.is(pool.reserve(1), undefined);
	reservations[2]!.release();
	t.truthy(pool.reserve(1));
});

test('an edit that could take more than any cache holds takes all of one', async t => {
	const triton = await startWithCache(t, {free: 500, total: 500});
	const {pool} = await withKnownCaches(await startPool(t, triton), 1);
	const reservation = pool.reserve(9000);
	t.truthy(reservation);
	t.is(pool.reserve(1), undefined);
	reservation!.release();
});

test('room that others use is asked for while it is wanted, and told of once it is free', async t => {
	const cache = {free: 100, total: 500};
	const {pool, told} = await withKnownCaches(await startPool(t, await startWithCache(t, cache)), 1);
	t.is(pool.reserve(300), undefined);
	cache.free = 500;
	const before = told.length;
	await until(() => told.slice(before).includes('room'));
	t.truthy(pool.reserve(300));
});

test('an edit whose Triton is lost has its room before all new ones', async t => {
	const [first, second] = [
		await startWithCache(t, {free: 500, total: 500}),
		await startWithCache(t, {free: 500, total: 500}),
	];
	const {pool, told} = await withKnownCaches(await startPool(t, first, second), 2);
	const [one, other] = [pool.reserve(400)!, pool.reserve(400)!];
	const [sequence] = [one.open(), other.open()];
	first.answer = () => dead;
	second.answer = () => dead;
	await t.throwsAsync(sequence!.verify(step, signal));
	t.throws(() => one.open(), {instanceOf: UnavailableError, message: /as many edits as it can hold/});
	t.is(pool.reserve(10), undefined);
	other.release();
	t.is(pool.reserve(10), undefined);
	const before = told.length;
	t.notThrows(() => one.open());
	t.true(told.slice(before).includes('room'));
	t.truthy(pool.reserve(10));
});
