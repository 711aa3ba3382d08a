import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {status} from '@grpc/grpc-js';
import test from 'ava';
import {GatewayProcess} from '../../helpers/gateway-process.ts';
import {answerOf, openEdit} from '../../helpers/open-edit.ts';
import {startTinyTriton, type TinyTriton, tinyEdit} from '../../helpers/tiny-triton.ts';

const request = tinyEdit(400);
const clock = fileURLToPath(new URL('../../helpers/shifted-clock.ts', import.meta.url));
let triton: TinyTriton;

test.before(async () => {
	triton = await startTinyTriton();
});

test.after.always(async () => triton?.stop());

test.serial(
	'a clock that jumps a day forward and back neither ends an edit nor moves it, and deadlines are kept',
	async t => {
		const nodeOptions = ['--import=tsx/esm', `--import=${clock}`];
		const gateway = await GatewayProcess.start(t, {tritons: [triton], nodeOptions});
		const client = gateway.connect();
		const expected = await answerOf(client, request);
		const open = await Promise.all([1, 2, 3].map(() => openEdit(gateway.connect(), request)));
		for (let jump = 0; jump < 6; jump++) {
			gateway.signal('SIGUSR2');
			await delay(100);
			t.deepEqual((await answerOf(client, tinyEdit(20))).tokenIds, expected.tokenIds.slice(0, 20));
		}

		for (const {answer} of open) {
			t.deepEqual(await answer, expected);
		}

		// Over before the five seconds after which a Triton that does not answer counts as gone.
		const late = await openEdit(client, tinyEdit(7000), {timeoutMs: 4000});
		// It comes to no other end before.
		triton.signal('tritonserver', 'SIGSTOP');
		gateway.signal('SIGUSR2');
		t.like(await t.throwsAsync(late.answer), {code: status.DEADLINE_EXCEEDED});
		triton.signal('tritonserver', 'SIGCONT');
		await gateway.untilIdle();
		const days = [...gateway.program.output().matchAll(/"time":"([^T]+)T/g)].map(([, day]) => day);
		// There is one more where midnight passes.
		t.true(new Set(days).size >= 3, 'the clock of the log jumps');
		t.is(await gateway.metric('redraft_sequence_moves_total'), 0);
		t.deepEqual(await gateway.outcomes(), {finished: 10, cancelled: 1, refused: 0, failed: 0});
	},
);

test.serial(
	'a gateway that stands still for two seconds, again and again, goes on with the same Triton',
	async t => {
		const gateway = await GatewayProcess.start(t, {tritons: [triton]});
		const expected = await answerOf(gateway.connect(), request);
		const open = await Promise.all([1, 2, 3].map(() => openEdit(gateway.connect(), request)));
		for (let stop = 0; stop < 3; stop++) {
			gateway.signal('SIGSTOP');
			await delay(2000);
			gateway.signal('SIGCONT');
			await delay(200);
		}

		for (const {answer} of open) {
			t.deepEqual(await answer, expected);
		}

		await gateway.untilIdle();
		t.is(await gateway.metric('redraft_sequence_moves_total'), 0);
		t.is(await gateway.metric('redraft_triton_ready'), 1);
		t.deepEqual(await gateway.outcomes(), {finished: 4, cancelled: 0, refused: 0, failed: 0});
	},
);
