import test from 'ava';
import {type Fault, faults} from '../../faults/catalogue.ts';
import {shareTwoTritons, type TwoTritons} from '../../helpers/two-tritons.ts';

const request = {
	original: 'let a = 1;\nlet b = 2;\n'.repeat(10),
	instruction: 'Add them.',
	language: 'javascript',
	// Plain decoding of a random model, which goes on until it is stopped: many steps to disturb.
	options: {speculation: false, maxOutputTokens: 150, includeTokenIds: true},
};

const shared = shareTwoTritons({maxEditMoves: 6, stepTimeoutMs: 4000});

/** Four edits on both Tritons, of which the first meets with a fault after twenty deltas. */
async function disturbedEdits({client, tritons}: TwoTritons, {strike}: Fault) {
	let numDeltas = 0;
	let struck: Promise<void> | undefined;
	const onDelta = () => {
		numDeltas += 1;
		if (numDeltas > 20) {
			struck ??= Promise.resolve(strike(tritons[0]));
		}
	};
	const edits = await Promise.all([1, 2, 3, 4].map(async () => client.edit(request, {onDelta})));
	await struck;
	return edits;
}

for (const fault of faults) {
	test.serial(`edits go on to the same end with ${fault.name}`, async t => {
		const both = shared();
		const expected = await both.client.edit(request);
		const movesBefore = await both.metric('redraft_sequence_moves_total');
		for (const {tokenIds, text} of await disturbedEdits(both, fault)) {
			t.deepEqual(tokenIds, expected.tokenIds);
			t.is(text, expected.text);
		}

		const numMoves = (await both.metric('redraft_sequence_moves_total')) - movesBefore;
		t.true(fault.isLoss === undefined || fault.isLoss === numMoves > 0, `${numMoves} moves`);
		await fault.heal(both.tritons[0]);
		await both.untilHealed();
		t.log(`${numMoves} moves`);
	});
}
