import {status} from '@grpc/grpc-js';
import test from 'ava';
import {atMoment} from '../../faults/step-frames.ts';
import {answerOf} from '../../helpers/open-edit.ts';
import {tinyEdit} from '../../helpers/tiny-triton.ts';
import {newMoves, shareTwoTritons, startGateway} from '../../helpers/two-tritons.ts';

const request = tinyEdit(60);
const shared = shareTwoTritons({moveWaitMs: 120_000});

test.serial('edits wait for Tritons that are all killed, and go on when they are back', async t => {
	const {client, tritons, moves, untilHealed} = shared();
	const expected = await answerOf(client, request);
	const killed = atMoment(tritons, 'answer', 40, () => {
		for (const {signal} of tritons) {
			signal('tritonserver', 'SIGKILL');
		}
	});
	for (const answer of await Promise.all([1, 2, 3, 4].map(() => answerOf(client, request)))) {
		t.deepEqual(answer, expected);
	}

	await killed;
	t.deepEqual(Object.keys(newMoves({}, await moves())), ['unavailable']);
	await untilHealed();
});

test.serial(
	'an edit that has waited long enough for Tritons that are gone is unavailable and tells what was delivered',
	async t => {
		const {tritons, untilHealed} = shared();
		await untilHealed();
		const {client, untilReady} = await startGateway(t, tritons, {moveWaitMs: 1000});
		await untilReady(2);
		let text = '';
		const onDelta = (delta: {text: string}) => {
			text += delta.text;
			for (const {proxy} of text.length > 10 ? tritons : []) {
				proxy.refuse();
			}
		};
		// Within the deadline, or it would end with that.
		const error = await t.throwsAsync(client.edit(request, {onDelta, timeoutMs: 60_000}));
		t.like(error, {code: status.UNAVAILABLE});
		t.true(error.message.includes(`${[...text].length} characters were delivered`), error.message);
		for (const {proxy} of tritons) {
			proxy.heal();
		}

		await untilHealed();
	},
);
