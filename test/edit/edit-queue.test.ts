import test from 'ava';
import fc from 'fast-check';
import {EditQueue, QueueFullError, type TakeRoom} from '../../src/edit/edit-queue.ts';

const {signal} = new AbortController();
const settle = () => new Promise(resolve => setImmediate(resolve));

/** Enters the queue and writes down what happens: its places, then "in", or the error. */
function enter(
	queue: EditQueue,
	client: string,
	log: string[] = [],
	name = client,
	leaving = signal,
	read?: () => Promise<TakeRoom>,
) {
	const entered = (async () => {
		try {
			for await (const place of queue.enter(client, leaving, read)) {
				log.push(`${name} ${place}`);
			}

			log.push(`${name} in`);
		} catch (error) {
			log.push(`${name} ${(error as Error).message}`);
		}
	})();
	return {entered, log};
}

test('while there is room edits are let in at once', async t => {
	const queue = new EditQueue(() => 2, 2);
	const {log} = enter(queue, 'a');
	enter(queue, 'b', log);
	await settle();
	t.deepEqual(log, ['a in', 'b in']);
	t.is(queue.numOpen, 2);
});

test('edits beyond the room are told their place and each change of it', async t => {
	const queue = new EditQueue(() => 1, 5);
	const log: string[] = [];
	enter(queue, 'a', log);
	enter(queue, 'b', log);
	enter(queue, 'c', log);
	await settle();
	t.deepEqual(log, ['a in', 'b 1', 'c 2']);
	queue.leave();
	await settle();
	t.deepEqual(log.slice(3), ['b in', 'c 1']);
	queue.leave();
	await settle();
	t.deepEqual(log.slice(5), ['c in']);
	t.is(queue.numWaiting, 0);
});

test('an edit beyond the places to wait is refused at once, and told when to come again', async t => {
	const queue = new EditQueue(() => 1, 1);
	const log: string[] = [];
	enter(queue, 'a', log);
	enter(queue, 'b', log);
	const refused = queue.enter('c', signal).next();
	const error = await t.throwsAsync(refused, {instanceOf: QueueFullError});
	t.is((error as QueueFullError).retryAfterMs, 1000);
	t.is(queue.numWaiting, 1);
});

test('places go round the clients in turn', async t => {
	const queue = new EditQueue(() => 1, 10);
	const log: string[] = [];
	enter(queue, 'x', log);
	for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) {
		enter(queue, name[0]!, log, name);
	}

	await settle();
	for (let index = 0; index < 6; index++) {
		queue.leave();
		await settle();
	}

	const order = log.filter(line => line.endsWith(' in')).map(line => line.split(' ')[0]);
	t.deepEqual(order, ['x', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('a caller that leaves frees its place to wait', async t => {
	const queue = new EditQueue(() => 1, 2);
	const log: string[] = [];
	const leaving = new AbortController();
	enter(queue, 'a', log);
	const {entered} = enter(queue, 'b', log, 'b', leaving.signal);
	enter(queue, 'c', log);
	await settle();
	leaving.abort(new Error('left'));
	await entered;
	await settle();
	t.deepEqual(log, ['a in', 'b 1', 'c 2', 'b left', 'c 1']);
	queue.leave();
	await settle();
	t.is(log.at(-1), 'c in');
});

test('a caller that stops listening in the moment in which it is let in gives its place back', async t => {
	const queue = new EditQueue(() => 1, 2);
	enter(queue, 'a');
	const waiting = queue.enter('b', signal);
	await waiting.next();
	queue.leave();
	t.is(queue.numOpen, 1);
	await waiting.return();
	t.is(queue.numOpen, 0);
	t.is(queue.numWaiting, 0);
});

test('more capacity lets waiting edits in', async t => {
	let capacity = 0;
	const queue = new EditQueue(() => capacity, 3);
	const log: string[] = [];
	enter(queue, 'a', log);
	enter(queue, 'b', log);
	await settle();
	capacity = 2;
	queue.admit();
	await settle();
	t.deepEqual(log.slice(-2), ['a in', 'b in']);
});

/** Room for so many tokens, and edits that need some of it. */
function tokensOf(total: number) {
	let free = total;
	const needs = (numTokens: number) => async () => () => {
		const fits = numTokens <= free;
		free -= fits ? numTokens : 0;
		return fits;
	};
	const giveBack = (numTokens: number) => {
		free += numTokens;
	};
	return {needs, giveBack};
}

test('an edit that finds no room waits, and smaller ones pass it while there is room for them', async t => {
	const queue = new EditQueue(() => 64, 5);
	const {needs, giveBack} = tokensOf(100);
	const log: string[] = [];
	for (const [name, numTokens] of [
		['a', 60],
		['big', 80],
		['b', 30],
	] as const) {
		enter(queue, name, log, name, signal, needs(numTokens));
	}

	await settle();
	t.deepEqual(log, ['a in', 'b in', 'big 1']);
	giveBack(60);
	queue.leave();
	giveBack(30);
	queue.leave();
	await settle();
	t.is(log.at(-1), 'big in');
});

test('an edit that eight smaller ones have passed is the next to be let in, whoever comes', async t => {
	const queue = new EditQueue(() => 64, 32);
	const {needs, giveBack} = tokensOf(100);
	const log: string[] = [];
	enter(queue, 'first', log, 'first', signal, needs(50));
	enter(queue, 'big', log, 'big', signal, needs(80));
	for (let index = 0; index < 12; index++) {
		enter(queue, 'small', log, `small ${index}`, signal, needs(1));
	}

	await settle();
	t.is(log.filter(line => /^small \d+ in$/.test(line)).length, 8);
	giveBack(50);
	queue.leave();
	await settle();
	t.deepEqual(log.filter(line => line.endsWith(' in')).slice(9), [
		'big in',
		...[8, 9, 10, 11].map(index => `small ${index} in`),
	]);
});

test('an edit whose need can never be told leaves with the reason, and those behind it move up', async t => {
	const queue = new EditQueue(() => 1, 3);
	const log: string[] = [];
	enter(queue, 'a', log);
	enter(queue, 'b', log, 'b', signal, async () => {
		throw new Error('too large');
	});
	enter(queue, 'c', log);
	await settle();
	t.deepEqual(
		log.filter(line => line !== 'c 2'),
		['a in', 'b too large', 'c 1'],
	);
	t.is(queue.numWaiting, 1);
});

test('whatever comes and goes, no more are open than there is room for, and none is forgotten', async t => {
	const action = fc.record({
		client: fc.constantFrom('a', 'b', 'c'),
		kind: fc.constantFrom('come', 'end', 'leave'),
	});
	await fc.assert(
		fc.asyncProperty(
			fc.array(action, {maxLength: 60}),
			fc.integer({min: 1, max: 3}),
			async (actions, room) => {
				const queue = new EditQueue(() => room, 8);
				const callers: {log: string[]; leaving: AbortController}[] = [];
				for (const {client, kind} of actions) {
					if (kind === 'come') {
						const leaving = new AbortController();
						callers.push({leaving, log: enter(queue, client, [], client, leaving.signal).log});
					} else if (kind === 'end' && queue.numOpen > 0) {
						queue.leave();
					} else if (kind === 'leave') {
						callers.find(({log}) => !log.at(-1)?.endsWith('in'))?.leaving.abort(new Error('left'));
					}

					await settle();
					if (queue.numOpen > room || (queue.numWaiting > 0 && queue.numOpen < room)) {
						return false;
					}
				}

				while (queue.numOpen > 0) {
					queue.leave();
					await settle();
				}

				return queue.numWaiting === 0 && callers.every(({log}) => /(in|left|later)$/.test(log.at(-1)!));
			},
		),
	);
	t.pass();
});
