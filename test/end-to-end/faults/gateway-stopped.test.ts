import {setTimeout as delay} from 'node:timers/promises';
import {status} from '@grpc/grpc-js';
import test from 'ava';
import {GatewayProcess} from '../../helpers/gateway-process.ts';
import {answerOf, openEdit} from '../../helpers/open-edit.ts';
import {eventually} from '../../helpers/started-program.ts';
import {startTinyTriton, type TinyTriton, tinyEdit} from '../../helpers/tiny-triton.ts';

const request = tinyEdit(150);
/** Takes longer than any test waits. */
const longRequest = tinyEdit(7000);
let triton: TinyTriton;

test.before(async () => {
	triton = await startTinyTriton({REDRAFT_IDLE_SECONDS: '2'});
});

test.after.always(async () => triton?.stop());

test.serial(
	'SIGTERM lets a gateway end its open edits with the same texts, and turns new ones away',
	async t => {
		const gateway = await GatewayProcess.start(t, {tritons: [triton]});
		const client = gateway.connect();
		const expected = await answerOf(client, request);
		const open = [await openEdit(client, request), await openEdit(gateway.connect(), request)];
		gateway.signal('SIGTERM');
		await eventually(() => gateway.program.output().includes('"stopping"'));
		t.like(await t.throwsAsync(gateway.connect().edit(request)), {code: status.UNAVAILABLE});
		for (const {answer} of open) {
			t.deepEqual(await answer, expected);
		}

		t.is(await gateway.program.ended, 0);
		await triton.untilIdle();
	},
);

test.serial('SIGTERM ends edits that outlast the grace as unavailable, and frees them', async t => {
	const settings = {REDRAFT_SHUTDOWN_GRACE_MS: '300'};
	const gateway = await GatewayProcess.start(t, {tritons: [triton], settings});
	const open = [
		await openEdit(gateway.connect(), longRequest),
		await openEdit(gateway.connect(), longRequest),
	];
	gateway.signal('SIGTERM');
	for (const {answer} of open) {
		const error = await t.throwsAsync(answer);
		t.like(error, {code: status.UNAVAILABLE});
		t.regex(error.message, /the service is shutting down; repeat the edit elsewhere/);
	}

	t.is(await gateway.program.ended, 0);
	await triton.untilIdle();
});

test.serial('a second SIGTERM ends a gateway at once, and its sequences are reaped on Triton', async t => {
	const settings = {REDRAFT_SHUTDOWN_GRACE_MS: '600000'};
	const gateway = await GatewayProcess.start(t, {tritons: [triton], settings});
	const {answer} = await openEdit(gateway.connect(), longRequest);
	gateway.signal('SIGTERM');
	await eventually(() => gateway.program.output().includes('"stopping"'));
	// A signal that comes at once is taken for the same one.
	await delay(1500);
	gateway.signal('SIGTERM');
	t.like(await t.throwsAsync(answer), {code: status.UNAVAILABLE});
	t.is(await gateway.program.ended, 143);
	await triton.untilIdle();
});

test.serial(
	'SIGKILL ends a gateway, its sequences are reaped on Triton, and the next one serves',
	async t => {
		const gateway = await GatewayProcess.start(t, {tritons: [triton]});
		const expected = await answerOf(gateway.connect(), request);
		const open = [
			await openEdit(gateway.connect(), longRequest),
			await openEdit(gateway.connect(), longRequest),
		];
		// The model tells its counts every now and then.
		while ((await triton.metric('redraft_open_sequences')) < 2) {
			await delay(50);
		}

		gateway.signal('SIGKILL');
		for (const {answer} of open) {
			t.like(await t.throwsAsync(answer), {code: status.UNAVAILABLE});
		}

		t.is(await gateway.program.ended, 'SIGKILL');
		await triton.untilIdle();
		const next = await GatewayProcess.start(t, {tritons: [triton]});
		t.deepEqual(await answerOf(next.connect(), request), expected);
	},
);
