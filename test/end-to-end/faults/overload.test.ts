import {setTimeout as delay} from 'node:timers/promises';
import {type ServiceError, status} from '@grpc/grpc-js';
import test from 'ava';
import {GatewayProcess} from '../../helpers/gateway-process.ts';
import {answerOf, openEdit} from '../../helpers/open-edit.ts';
import {startTinyTriton, type TinyTriton, tinyEdit} from '../../helpers/tiny-triton.ts';

const request = tinyEdit(150);
/** Takes longer than a crowd to arrive. */
const longRequest = tinyEdit(7000);
const maxGrowthBytes = 150 << 20;
let triton: TinyTriton;

test.before(async () => {
	triton = await startTinyTriton();
});

test.after.always(async () => triton?.stop());

test.serial(
	'of ten times as many edits as there are places, as many as fit wait and end with the same text, the others are told when to ask again',
	async t => {
		const settings = {REDRAFT_MAX_OPEN_EDITS: '4', REDRAFT_MAX_QUEUED_EDITS: '4'};
		const gateway = await GatewayProcess.start(t, {tritons: [triton], settings});
		const expected = await answerOf(gateway.connect(), request);
		const before = gateway.residentBytes;
		const clients = Array.from({length: 8}, () => gateway.connect());
		const ask = (numEdits: number) =>
			Array.from({length: numEdits}, (_, index) => answerOf(clients[index % 8]!, request));
		const open = await Promise.all([1, 2, 3, 4].map(() => openEdit(gateway.connect(), longRequest)));
		const waiting = ask(4);
		while ((await gateway.metric('redraft_waiting_edits')) < 4) {
			await delay(20);
		}

		const refusals = await Promise.all(ask(72).map(edit => t.throwsAsync(edit)));
		t.is(await gateway.metric('redraft_open_edits'), 4);
		t.is(await gateway.metric('redraft_waiting_edits'), 4);
		t.true(gateway.residentBytes - before < maxGrowthBytes);
		for (const {code, details, metadata} of refusals as unknown as ServiceError[]) {
			t.is(code, status.RESOURCE_EXHAUSTED);
			t.regex(details, /^edits: expected at most 4 open and 4 waiting at a time/);
			t.deepEqual(metadata.get('grpc-retry-pushback-ms'), ['1000']);
		}

		for (const {answer, cancel} of open) {
			cancel();
			t.like(await t.throwsAsync(answer), {code: status.CANCELLED});
		}

		t.deepEqual(await Promise.all(waiting), Array(4).fill(expected));
		await gateway.untilIdle();
		t.deepEqual(await gateway.outcomes(), {finished: 5, cancelled: 4, refused: 72, failed: 0});
		t.is((await gateway.metrics('redraft_refused_total')).get('reason="queue_full"'), 72);
	},
);
