import {type ServiceError, status} from '@grpc/grpc-js';
import test from 'ava';
import {GatewayProcess} from '../../helpers/gateway-process.ts';
import {answerOf} from '../../helpers/open-edit.ts';
import {startTinyTriton, type TinyTriton, tinyEdit} from '../../helpers/tiny-triton.ts';

/** Takes longer than a crowd to arrive, on whatever machine. */
const request = tinyEdit(3000);
const maxGrowthBytes = 150 << 20;
let triton: TinyTriton;

test.before(async () => {
	triton = await startTinyTriton();
});

test.after.always(async () => triton?.stop());

test.serial(
	'of ten times as many edits as there are places, as many as fit end with the same text, the others are told when to ask again',
	async t => {
		const settings = {REDRAFT_MAX_OPEN_EDITS: '4', REDRAFT_MAX_QUEUED_EDITS: '4'};
		const gateway = await GatewayProcess.start(t, {tritons: [triton], settings});
		const expected = await answerOf(gateway.connect(), request);
		const before = gateway.residentBytes;
		const clients = Array.from({length: 8}, () => gateway.connect());
		const edits = Array.from({length: 80}, (_, index) => answerOf(clients[index % 8]!, request));
		const refusals = new Set<ServiceError>();
		for (const edit of edits) {
			edit.catch((error: ServiceError) => refusals.add(error));
		}

		while (refusals.size < 72) {
			await new Promise(resolve => setTimeout(resolve, 20));
		}

		t.is(await gateway.metric('redraft_open_edits'), 4);
		t.is(await gateway.metric('redraft_waiting_edits'), 4);
		t.true(gateway.residentBytes - before < maxGrowthBytes);
		const ends = await Promise.allSettled(edits);
		const accepted = ends.flatMap(end => (end.status === 'fulfilled' ? [end.value] : []));
		t.deepEqual(accepted, Array(8).fill(expected));
		for (const {code, details, metadata} of refusals) {
			t.is(code, status.RESOURCE_EXHAUSTED);
			t.regex(details, /^edits: expected at most 4 open and 4 waiting at a time/);
			t.deepEqual(metadata.get('grpc-retry-pushback-ms'), ['1000']);
		}

		await gateway.untilIdle();
		t.deepEqual(await gateway.outcomes(), {finished: 9, cancelled: 0, refused: 72, failed: 0});
		t.is((await gateway.metrics('redraft_refused_total')).get('reason="queue_full"'), 72);
	},
);
