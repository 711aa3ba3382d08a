import {status} from '@grpc/grpc-js';
import test from 'ava';
import {UnavailableError} from '../../src/errors/errors.ts';
import {blockTokens} from '../../src/triton/kv-ledger.ts';
import {sevens, startStandInTriton} from '../helpers/stand-in-triton.ts';
import {until} from '../helpers/start-server.ts';
import {dead, signal, startPool, startWithCache, step, withKnownCaches} from './start-pool.ts';

test('room is kept on the Triton with the fewest edits among those that have enough', async t => {
	const small = await startWithCache(t, {free: 5000, total: 5000});
	const large = await startWithCache(t, {free: 20_000, total: 20_000});
	const {pool} = await withKnownCaches(await startPool(t, small, large), 2);
	t.is(pool.maxTokens, 20_000 - 2 * blockTokens);
	const numSteps = large.steps.length;
	const reservations = [pool.reserve(8000), pool.reserve(8000)];
	for (const reservation of reservations) {
		const sequence = reservation!.open();
		await sequence.verify(step, signal);
		await sequence.end();
	}

	t.is(large.steps.length, numSteps + 4);
	t.is(pool.reserve(8000), undefined);
	t.truthy(pool.reserve(4000));
	reservations[0]!.release();
	reservations[0]!.release();
	t.truthy(pool.reserve(11_000));
	t.is(pool.reserve(1000), undefined);
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
	const triton = await startWithCache(t, {free: 5000, total: 5000});
	const {pool} = await withKnownCaches(await startPool(t, triton), 1);
	const reservation = pool.reserve(9000);
	t.truthy(reservation);
	t.is(pool.reserve(1), undefined);
	reservation!.release();
});

test('room that others use is asked for while it is wanted, and told of once it is free', async t => {
	const cache = {free: 1000, total: 5000};
	const {pool, told} = await withKnownCaches(await startPool(t, await startWithCache(t, cache)), 1);
	t.is(pool.reserve(3000), undefined);
	cache.free = 5000;
	const before = told.length;
	await until(() => told.slice(before).includes('room'));
	t.truthy(pool.reserve(3000));
});

test('an edit whose Triton is lost has its room before all new ones', async t => {
	const [first, second] = [
		await startWithCache(t, {free: 5000, total: 5000}),
		await startWithCache(t, {free: 5000, total: 5000}),
	];
	const {pool, told} = await withKnownCaches(await startPool(t, first, second), 2);
	const [one, other] = [pool.reserve(4000)!, pool.reserve(4000)!];
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

test('an edit that a full cache has refused is placed again once there is room, not before', async t => {
	const triton = await startWithCache(t, {free: 5000, total: 5000});
	const {pool, told} = await withKnownCaches(await startPool(t, triton), 1);
	const reservation = pool.reserve(3000)!;
	triton.answer = () => ({code: status.UNAVAILABLE, details: 'sequence 1: no room in the KV cache'});
	await t.throwsAsync(reservation.open().verify(step, signal));
	t.throws(() => reservation.open(), {instanceOf: UnavailableError});
	triton.answer = () => sevens(1, [4500, 5000]);
	const before = told.length;
	await until(() => told.slice(before).includes('room'));
	t.notThrows(() => reservation.open());
	t.false(told.includes(`${triton.address} not`, 2));
});
