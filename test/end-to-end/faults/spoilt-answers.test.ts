import test from 'ava';
import type {MoveReason} from '../../../src/telemetry/edit-observer.ts';
import {type FaultyModel, faultyModel} from '../../faults/model-repository.ts';
import {atMoment} from '../../faults/step-frames.ts';
import {answerOf} from '../../helpers/open-edit.ts';
import {tinyEdit} from '../../helpers/tiny-triton.ts';
import {newMoves, startTwoTritons, type TwoTritons} from '../../helpers/two-tritons.ts';

const request = tinyEdit(60);
const ends: (() => unknown)[] = [];
let model: FaultyModel;
let both: TwoTritons;

test.before(async () => {
	const scope = {teardown: (end: () => unknown) => void ends.unshift(end)};
	model = await faultyModel(scope);
	both = await startTwoTritons(scope, {}, {first: model});
});

test.after.always(async () => {
	for (const end of ends) {
		await end();
	}
});

const faults: Readonly<Record<string, MoveReason>> = {
	'margins that are no numbers': 'malformed',
	'token ids below 0': 'malformed',
	'fewer positions than were asked for': 'malformed',
	'more positions than were asked for': 'malformed',
	'no tokens': 'malformed',
	'no tensors': 'malformed',
	INTERNAL: 'lost',
	NOT_FOUND: 'unavailable',
	UNAVAILABLE: 'unavailable',
};

/** Makes all answers of the first Triton faulty after the given one, which is held until they are. */
async function spoilAtAnswer(count: number, fault: string): Promise<void> {
	const [first] = both.tritons;
	const hold = () => first.proxy.degrade({isHeld: true}, ['down']);
	await atMoment([first], 'answer', count, hold);
	await model.spoil(fault);
	first.proxy.heal();
}

for (const [fault, reason] of Object.entries(faults)) {
	test.serial(`edits go on elsewhere when their model answers with ${fault}`, async t => {
		t.teardown(() => model.spoil(''));
		await both.untilHealed();
		const expected = await answerOf(both.client, request);
		const movesBefore = await both.moves();
		const struck = spoilAtAnswer(20, fault);
		// One on each Triton.
		for (const answer of await Promise.all([1, 2].map(() => answerOf(both.client, request)))) {
			t.deepEqual(answer, expected);
		}

		await struck;
		t.deepEqual(newMoves(movesBefore, await both.moves()), {[reason]: 1});
	});
}
