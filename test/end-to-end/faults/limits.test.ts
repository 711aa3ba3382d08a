import {execFileSync} from 'node:child_process';
import {setTimeout as delay} from 'node:timers/promises';
import {type ServiceError, status} from '@grpc/grpc-js';
import test from 'ava';
import {GatewayProcess} from '../../helpers/gateway-process.ts';
import {answerOf, openEdit} from '../../helpers/open-edit.ts';
import {startTinyTriton, type TinyTriton, tinyEdit} from '../../helpers/tiny-triton.ts';

const request = tinyEdit(50);
let triton: TinyTriton;

test.before(async () => {
	triton = await startTinyTriton();
});

test.after.always(async () => triton?.stop());

/** Files that a process may have open; the hard limit stays. */
function limitFiles({program}: GatewayProcess, numFiles: number): void {
	execFileSync('prlimit', [`--pid=${program.child.pid}`, `--nofile=${numFiles}:`]);
}

test.serial(
	'a gateway with 64 file descriptors serves the callers that fit, turns others away, and takes them when those have gone',
	async t => {
		const gateway = await GatewayProcess.start(t, {tritons: [triton]});
		const client = gateway.connect();
		const expected = await answerOf(client, request);
		const open = await openEdit(client, tinyEdit(1500));
		limitFiles(gateway, 64);
		const crowd = Array.from({length: 100}, () => gateway.connect());
		// One whose connection the gateway cannot take may be told at once, or stay in the queue of the kernel.
		const ends = await Promise.allSettled(crowd.map(async one => one.edit(request, {timeoutMs: 30_000})));
		const codes = ends.map(end =>
			end.status === 'rejected' ? (end.reason as ServiceError).code : status.OK,
		);
		const turnedAway: unknown[] = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED];
		t.true(codes.includes(status.OK) && codes.some(code => turnedAway.includes(code)), codes.join());
		t.true(
			codes.every(code => code === status.OK || turnedAway.includes(code)),
			codes.join(),
		);
		t.true(ends.every(end => end.status === 'rejected' || end.value.text === expected.text));
		t.deepEqual(await answerOf(client, request), expected);
		for (const one of crowd) {
			one.close();
		}

		// A connection each: one that was begun before there was room may have been left in the middle.
		const ask = () =>
			gateway
				.connect()
				.edit(request, {timeoutMs: 5000})
				.catch(() => undefined);
		while ((await ask())?.text !== expected.text) {
			await delay(100);
		}

		t.deepEqual((await open.answer).tokenIds.slice(0, 50), expected.tokenIds);
		limitFiles(gateway, 1024);
		await gateway.untilIdle();
		const {finished, refused, failed} = await gateway.outcomes();
		t.deepEqual({refused, failed}, {refused: 0, failed: 0});
		// A caller whose deadline passed may have been served for nothing.
		t.true(finished >= 4 + codes.filter(code => code === status.OK).length);
	},
);

test.serial(
	'a gateway near its memory limit refuses what it has no room for, and serves on with the same text',
	async t => {
		const gateway = await GatewayProcess.start(t, {
			tritons: [triton],
			nodeOptions: ['--max-old-space-size=160'],
		});
		const client = gateway.connect();
		const expected = await answerOf(client, request);
		// Two bytes a character in memory, as soon as one is beyond Latin-1.
		const large = {...request, original: 'a = "→"\n'.repeat(385_000)};
		const crowd = Array.from({length: 150}, () => gateway.connect());
		const ends = Promise.allSettled(crowd.map(one => one.edit(large)));
		for (let index = 0; index < 20; index++) {
			t.deepEqual(await answerOf(client, request), expected);
		}

		// The tiny model has no room for such a file, where the gateway has.
		const codes = (await ends).map(end => end.status === 'rejected' && (end.reason as ServiceError).code);
		const refusals: unknown[] = [status.INVALID_ARGUMENT, status.RESOURCE_EXHAUSTED];
		t.true(
			codes.every(code => refusals.includes(code)),
			codes.join(),
		);
		t.deepEqual(await answerOf(client, request), expected);
		await gateway.untilIdle();
		const {finished, cancelled, failed} = await gateway.outcomes();
		t.deepEqual({finished, cancelled, failed}, {finished: 22, cancelled: 0, failed: 0});
	},
);
