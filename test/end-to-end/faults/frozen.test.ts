import {setTimeout as delay} from 'node:timers/promises';
import test from 'ava';
import {atMoment, untilTaken} from '../../faults/step-frames.ts';
import {answerOf} from '../../helpers/open-edit.ts';
import type {ProxiedTriton} from '../../helpers/proxied-triton.ts';
import {tinyEdit} from '../../helpers/tiny-triton.ts';
import {newMoves, shareTwoTritons, startGateway} from '../../helpers/two-tritons.ts';

const request = tinyEdit(60);
const shared = shareTwoTritons({stepTimeoutMs: 4000});

const freeze = ({signal}: ProxiedTriton) => signal('tritonserver', 'SIGSTOP');
const thaw = ({signal}: ProxiedTriton) => signal('tritonserver', 'SIGCONT');

test.serial('an edit waits for a Triton that is frozen for a second, and goes on there', async t => {
	const {client, tritons, moves} = shared();
	const expected = await answerOf(client, request);
	const answer = answerOf(client, request);
	const {triton} = await atMoment(tritons, 'step', 20, freeze);
	await delay(1000);
	thaw(triton);
	t.deepEqual(await answer, expected);
	t.deepEqual(await moves(), {});
});

test.serial(
	'what a Triton says after it was frozen beyond the step time-out is no part of the edit',
	async t => {
		const {client, tritons, moves, untilHealed} = shared();
		await untilHealed();
		const expected = await answerOf(client, request);
		const movesBefore = await moves();
		const answer = answerOf(client, request);
		const frozen = await atMoment(tritons, 'step', 20, freeze);
		const others = tritons.filter(triton => triton !== frozen.triton);
		const isOnTheWay = ({proxy}: ProxiedTriton) => proxy.degrade({isHeld: true}, ['down']);
		const {triton: other} = await atMoment(others, 'start', 1, isOnTheWay);
		// The edit is still open elsewhere while the first Triton answers what it was sent.
		thaw(frozen.triton);
		await untilTaken(frozen);
		other.proxy.heal();
		t.deepEqual(await answer, expected);
		t.deepEqual(newMoves(movesBefore, await moves()), {timeout: 1});
		await untilHealed();
	},
);

test.serial(
	'an edit leaves a Triton that is frozen beyond the keepalive long before its step times out',
	async t => {
		const {tritons, untilHealed} = shared();
		await untilHealed();
		const {client, moves, untilReady} = await startGateway(t, tritons, {stepTimeoutMs: 600_000});
		await untilReady(2);
		const expected = await answerOf(client, request);
		const answer = answerOf(client, request);
		const {triton} = await atMoment(tritons, 'step', 20, freeze);
		t.deepEqual(await answer, expected);
		t.deepEqual(await moves(), {unavailable: 1});
		thaw(triton);
		await untilHealed();
	},
);
