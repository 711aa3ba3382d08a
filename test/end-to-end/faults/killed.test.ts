import {readFileSync} from 'node:fs';
import {setImmediate as nextTurn} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {isRunning} from '../../../src/embedded/process/process-table.ts';
import {atMoment, momentOf} from '../../faults/step-frames.ts';
import {answerOf} from '../../helpers/open-edit.ts';
import type {ProxiedTriton} from '../../helpers/proxied-triton.ts';
import {tritonProcess} from '../../helpers/real-triton.ts';
import {eventually} from '../../helpers/started-program.ts';
import {tinyEdit} from '../../helpers/tiny-triton.ts';
import {newMoves, shareTwoTritons} from '../../helpers/two-tritons.ts';

const request = tinyEdit(60);
/** A prompt of many passes: long enough to be met in the middle. */
const longRequest = {...request, original: 'let a = 1;\n'.repeat(600)};

const shared = shareTwoTritons();

/** Runs an edit that `strike` disturbs, which resolves when it has; the rest is as in an undisturbed run. */
async function goesOn(t: ExecutionContext, edit: typeof request, strike: () => Promise<unknown>) {
	const {client, untilHealed, moves} = shared();
	await untilHealed();
	const expected = await answerOf(client, edit);
	const movesBefore = await moves();
	const struck = strike();
	t.deepEqual(await answerOf(client, edit), expected);
	await struck;
	return newMoves(movesBefore, await moves());
}

const kill = ({signal}: ProxiedTriton) => signal('tritonserver', 'SIGKILL');
/** Triton gives up a model that stands still for a second. */
const freezeModel = ({signal}: ProxiedTriton) => signal('triton_python_backend_stub', 'SIGSTOP');

test.serial('an edit goes on when its Triton is killed before the prompt has reached it', async t => {
	const strike = () => atMoment(shared().tritons, 'start', 1, kill);
	t.deepEqual(await goesOn(t, request, strike), {unavailable: 1});
});

test.serial('an edit goes on when its Triton is killed in the prefill', async t => {
	let numAnswers: number;
	const strike = async () => {
		numAnswers = 0;
		const {triton} = await atMoment(shared().tritons, 'start', 1);
		triton.proxy.onFrame = (direction, frame) => {
			numAnswers += momentOf(direction, frame) === 'answer' ? 1 : 0;
		};
		await untilComputing(triton, () => numAnswers > 0);
		kill(triton);
	};
	do {
		t.deepEqual(await goesOn(t, longRequest, strike), {unavailable: 1});
		// Where this process had to stand back for too long, the prefill was over.
	} while (numAnswers! > 0);
});

test.serial('an edit goes on when its Triton is killed between two passes', async t => {
	const strike = async () => {
		const hold = ({proxy}: ProxiedTriton) => proxy.degrade({isHeld: true}, ['down']);
		const {triton} = await atMoment(shared().tritons, 'answer', 20, hold);
		const pid = tritonProcess(triton.supervisor, 'tritonserver');
		kill(triton);
		await eventually(() => !isRunning(pid));
		triton.proxy.heal();
	};
	t.deepEqual(await goesOn(t, request, strike), {unavailable: 1});
});

test.serial('an edit goes on when its Triton is killed in a pass', async t => {
	const strike = async () => {
		const {triton} = await atMoment(shared().tritons, 'step', 20, freezeModel);
		await triton.proxy.untilRead();
		kill(triton);
	};
	t.deepEqual(await goesOn(t, request, strike), {unavailable: 1});
});

test.serial('an edit is complete when its Triton is killed before it has ended the sequence', async t => {
	const strike = () => atMoment(shared().tritons, 'end', 1, kill);
	t.deepEqual(await goesOn(t, request, strike), {});
});

test.serial('an edit that outlasts the drain of a Triton that is told to stop goes on elsewhere', async t => {
	const strike = () =>
		atMoment(shared().tritons, 'answer', 20, ({proxy, signal}) => {
			// Longer than the two seconds that Triton lets open sequences go on for.
			proxy.degrade({latencyMs: 50});
			signal('tritonserver', 'SIGTERM');
		});
	t.deepEqual(await goesOn(t, request, strike), {unavailable: 1});
});

/** Resolves when a model has computed for two of the kernel's ticks from now on, or is over with it. */
async function untilComputing({supervisor}: ProxiedTriton, isOver: () => boolean): Promise<void> {
	const pid = tritonProcess(supervisor, 'triton_python_backend_stub');
	const before = numTicks(pid);
	while (numTicks(pid) < before + 2 && !isOver()) {
		await nextTurn();
	}
}

/** Processor time that a process has used, in the kernel's ticks. */
function numTicks(pid: number): number {
	const [userTicks, systemTicks] = readFileSync(`/proc/${pid}/stat`, 'utf8')
		.split(') ')[1]!
		.split(' ')
		.slice(11);
	return Number(userTicks) + Number(systemTicks);
}
