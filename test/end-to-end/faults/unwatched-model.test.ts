import {setTimeout as delay} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {type BareTriton, startBareTriton} from '../../helpers/bare-triton.ts';
import {answerOf, openEdit} from '../../helpers/open-edit.ts';
import {tinyCheckpoint} from '../../helpers/tiny-checkpoint.ts';
import {tinyEdit} from '../../helpers/tiny-triton.ts';
import {type Gateway, type Moves, newMoves, startGateway} from '../../helpers/two-tritons.ts';

const request = tinyEdit(400);
const ends: (() => unknown)[] = [];
let tritons: readonly [BareTriton, BareTriton];
let gateway: Gateway;

test.before(async () => {
	const scope = {teardown: (end: () => unknown) => void ends.unshift(end)};
	const modelDirectory = await tinyCheckpoint(scope, 'llama');
	const start = () => startBareTriton(scope, modelDirectory);
	tritons = await Promise.all([start(), start()]);
	gateway = await startGateway(scope, tritons, {stepTimeoutMs: 5000});
});

test.after.always(async () => {
	for (const end of ends) {
		await end();
	}
});

async function untilReady(numTritons: number): Promise<void> {
	while ((await gateway.metric('redraft_triton_ready')) !== numTritons) {
		await delay(50);
	}
}

/** Two edits, one on each Triton, with what has to come of them; `strike` happens in the middle. */
async function disturbed(t: ExecutionContext, strike: () => void | Promise<void>): Promise<Moves> {
	const {client, moves} = gateway;
	const expected = await answerOf(client, request);
	const movesBefore = await moves();
	const open = await Promise.all([1, 2].map(() => openEdit(client, request)));
	await strike();
	for (const {answer} of open) {
		t.deepEqual(await answer, expected);
	}

	return newMoves(movesBefore, await moves());
}

test.serial(
	'edits leave a Triton whose model process was killed though it goes on saying that it is ready',
	async t => {
		// Triton never answers a step whose pass was under way; one that comes later it refuses.
		const {lost = 0, timeout = 0, ...others} = await disturbed(t, () => tritons[0].killModel());
		t.is(lost + timeout, 1);
		t.deepEqual(others, {});
		// Nor do any come to it.
		t.deepEqual(await disturbed(t, () => {}), {});
		await untilReady(1);
	},
);

test.serial(
	'a Triton whose model is loaded again gets edits again, and those of one whose model is not',
	async t => {
		await tritons[0].repository('unload');
		await tritons[0].repository('load');
		await untilReady(2);
		t.deepEqual(await disturbed(t, () => tritons[1].repository('unload')), {unavailable: 1});
		await untilReady(1);
	},
);

test.serial('edits wait while their only model is loaded', async t => {
	const moves = await disturbed(t, async () => {
		await tritons[0].repository('unload');
		await untilReady(0);
		await tritons[1].repository('load');
	});
	t.deepEqual(Object.keys(moves), ['unavailable']);
});
