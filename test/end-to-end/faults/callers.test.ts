import {status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import type {ApplyEditRequest, RedraftClient} from '../../../src/grpc/client.ts';
import {GatewayProcess} from '../../helpers/gateway-process.ts';
import {answerOf, openEdit} from '../../helpers/open-edit.ts';
import {startTinyTriton, type TinyTriton, tinyEdit} from '../../helpers/tiny-triton.ts';

const request = tinyEdit(150);
/** Takes longer than any test waits. */
const longRequest = tinyEdit(7000);
let triton: TinyTriton;

test.before(async () => {
	triton = await startTinyTriton();
});

test.after.always(async () => triton?.stop());

/** A gateway with two places, one of which is taken to the end of the test. */
async function startWithNeighbour(t: ExecutionContext) {
	const settings = {REDRAFT_MAX_OPEN_EDITS: '2'};
	const gateway = await GatewayProcess.start(t, {tritons: [triton], settings});
	const client = gateway.connect();
	const expected = await answerOf(client, request);
	const neighbour = await openEdit(gateway.connect(), tinyEdit(4000));
	return {gateway, client, expected, neighbour};
}

/** Breaks an edit off at the nth of its events of one kind, if it has as many. */
async function cancelAt(client: RedraftClient, wanted: string, nth: number): Promise<boolean> {
	let numSeen = 0;
	for await (const {event} of client.stream(request)) {
		numSeen += Number(wanted === event);
		if (numSeen === nth) {
			return true;
		}
	}

	return false;
}

test.serial(
	'a caller may cancel at any event: its place is free again, and its neighbour is not disturbed',
	async t => {
		const {gateway, client, expected, neighbour} = await startWithNeighbour(t);
		for (const nth of [1, 2, 50]) {
			t.true(await cancelAt(client, 'delta', nth));
		}

		t.true(await cancelAt(client, 'started', 1));
		t.true(await cancelAt(client, 'summary', 1));
		const occupant = await openEdit(client, longRequest);
		t.true(await cancelAt(client, 'queued', 1));
		occupant.cancel();
		t.like(await t.throwsAsync(occupant.answer), {code: status.CANCELLED});
		t.deepEqual(await answerOf(client, request), expected);
		const {tokenIds} = await neighbour.answer;
		t.deepEqual(tokenIds.slice(0, 150), expected.tokenIds);
		await gateway.untilIdle();
		// At its summary an edit has finished already.
		t.deepEqual(await gateway.outcomes(), {finished: 4, cancelled: 6, refused: 0, failed: 0});
	},
);

const firstDeadlineMs = 2000;

/**
 * An edit that its deadline ends in a phase: its last event is the given one, at which `strike` keeps it there. Where a
 * busy machine does not come so far in time, the next edit has twice as long.
 * @returns how many edits ran out of time
 */
async function runOutOfTime(
	t: ExecutionContext,
	client: RedraftClient,
	edited: ApplyEditRequest,
	phase: string,
	strike: () => void = () => {},
): Promise<number> {
	for (let numEdits = 1, timeoutMs = firstDeadlineMs; ; numEdits++, timeoutMs *= 2) {
		let last = '';
		const read = async () => {
			for await (const {event} of client.stream(edited, {timeoutMs})) {
				last = event;
				if (event === phase) {
					strike();
				}
			}
		};
		t.like(await t.throwsAsync(read()), {code: status.DEADLINE_EXCEEDED}, phase);
		if (last === phase) {
			return numEdits;
		}
	}
}

test.serial(
	'a deadline that passes in any phase frees the place, and the neighbour is not disturbed',
	async t => {
		const {gateway, client, expected, neighbour} = await startWithNeighbour(t);
		// A model that stands still for longer than a second is given up by its Triton.
		const freeze = () => triton.signal('tritonserver', 'SIGSTOP');
		const thaw = () => triton.signal('tritonserver', 'SIGCONT');
		const occupant = await openEdit(client, longRequest);
		let numLate = await runOutOfTime(t, client, request, 'queued');
		occupant.cancel();
		await t.throwsAsync(occupant.answer);
		freeze();
		// Its prompt is read.
		numLate += await runOutOfTime(t, client, request, 'started');
		thaw();
		await gateway.untilReady();
		// Its text is written; then: it is in a pass.
		numLate += await runOutOfTime(t, client, longRequest, 'delta');
		numLate += await runOutOfTime(t, client, longRequest, 'delta', freeze);
		thaw();
		await gateway.untilReady();
		t.deepEqual(await answerOf(client, request), expected);
		const {tokenIds} = await neighbour.answer;
		t.deepEqual(tokenIds.slice(0, 150), expected.tokenIds);
		await gateway.untilIdle();
		t.deepEqual(await gateway.outcomes(), {finished: 3, cancelled: 1 + numLate, refused: 0, failed: 0});
	},
);
