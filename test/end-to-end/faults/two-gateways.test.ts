import {status} from '@grpc/grpc-js';
import test from 'ava';
import {GatewayProcess} from '../../helpers/gateway-process.ts';
import {answerOf, openEdit} from '../../helpers/open-edit.ts';
import {startTinyTriton, tinyEdit} from '../../helpers/tiny-triton.ts';

test('of two gateways on the same Tritons one is killed, and the edits of the other come to the same end', async t => {
	// Longer than a busy machine lets an edit pause.
	const idle = {REDRAFT_IDLE_SECONDS: '20'};
	const first = await startTinyTriton(idle);
	t.teardown(() => first.stop());
	const second = await startTinyTriton(idle, first.modelDirectory);
	t.teardown(() => second.stop());
	const tritons = [first, second];
	const [killed, kept] = [await GatewayProcess.start(t, {tritons}), await GatewayProcess.start(t, {tritons})];
	const request = tinyEdit(400);
	const expected = await answerOf(kept.connect(), request);
	t.deepEqual(await answerOf(killed.connect(), request), expected);
	const open = (gateway: GatewayProcess) => openEdit(gateway.connect(), request);
	const lost = await Promise.all([1, 2, 3, 4].map(() => open(killed)));
	const untouched = await Promise.all([1, 2, 3, 4].map(() => open(kept)));
	killed.signal('SIGKILL');
	for (const {answer} of lost) {
		t.like(await t.throwsAsync(answer), {code: status.UNAVAILABLE});
	}

	for (const {answer} of untouched) {
		t.deepEqual(await answer, expected);
	}

	t.is(await kept.metric('redraft_sequence_moves_total'), 0);
	await kept.untilIdle();
	t.deepEqual(await kept.outcomes(), {finished: 5, cancelled: 0, refused: 0, failed: 0});
});
