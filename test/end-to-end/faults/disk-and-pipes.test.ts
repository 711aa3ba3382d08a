import {execFileSync} from 'node:child_process';
import {appendFileSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {GatewayProcess} from '../../helpers/gateway-process.ts';
import {type Answer, answerOf, openEdit} from '../../helpers/open-edit.ts';
import {startTinyTriton, type TinyTriton, tinyEdit} from '../../helpers/tiny-triton.ts';

const request = tinyEdit(50);
let triton: TinyTriton;

test.before(async () => {
	triton = await startTinyTriton();
});

test.after.always(async () => triton?.stop());

/** A disk of its own, of 64 KiB; gone with the test. Mounting it takes root, as CI has it. */
async function mountDisk(t: ExecutionContext): Promise<string> {
	const disk = await mkdtemp(path.join(tmpdir(), 'redraft-disk-'));
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'redraft-test', disk]);
	t.teardown(() => {
		execFileSync('umount', ['--lazy', disk]);
		rmSync(disk, {recursive: true});
	});
	return disk;
}

function fill(disk: string): void {
	try {
		for (;;) {
			appendFileSync(path.join(disk, 'filler'), Buffer.alloc(4096));
		}
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') {
			throw error;
		}
	}
}

/** A gateway with its log, its cache and its temporary files on a disk. */
async function startOn(t: ExecutionContext, disk: string) {
	const logFile = path.join(disk, 'log');
	writeFileSync(logFile, '');
	const gateway = await GatewayProcess.start(t, {
		tritons: [triton],
		settings: {TMPDIR: disk, XDG_CACHE_HOME: disk, TSX_DISABLE_CACHE: '1'},
		starter: ['sh', '-c', `exec "$@" 2>>'${logFile}'`, 'sh'],
	});
	return {gateway, log: () => readFileSync(logFile, 'utf8')};
}

/** Edits end as they did before. */
async function servesOn(t: ExecutionContext, gateway: GatewayProcess, expected: Answer): Promise<void> {
	for (let edit = 0; edit < 20; edit++) {
		t.deepEqual(await answerOf(gateway.connect(), request), expected);
	}

	await gateway.untilIdle();
	gateway.signal('SIGTERM');
	t.is(await gateway.program.ended, 0);
}

test.serial(
	'a gateway whose disk is full serves on, and writes its log again when there is room',
	async t => {
		const disk = await mountDisk(t);
		const {gateway, log} = await startOn(t, disk);
		const expected = await answerOf(gateway.connect(), request);
		const open = await openEdit(gateway.connect(), tinyEdit(500));
		fill(disk);
		for (let edit = 0; edit < 20; edit++) {
			t.deepEqual(await answerOf(gateway.connect(), request), expected);
		}

		t.deepEqual((await open.answer).tokenIds.slice(0, 50), expected.tokenIds);
		const numLost = 22 - log().split('"edit finished"').length;
		t.true(numLost > 0);
		rmSync(path.join(disk, 'filler'));
		await servesOn(t, gateway, expected);
		t.regex(log(), /"edit finished".*\n.*"stopping".*\n.*"stopped"/);
	},
);

test.serial('a gateway whose folders have become read-only serves on', async t => {
	const disk = await mountDisk(t);
	const {gateway} = await startOn(t, disk);
	const expected = await answerOf(gateway.connect(), request);
	// Its log is open for writing, so only new files are refused.
	execFileSync('mount', ['--bind', disk, disk]);
	execFileSync('mount', ['-o', 'remount,bind,ro', disk]);
	t.throws(() => writeFileSync(path.join(disk, 'new'), ''), {code: 'EROFS'});
	await servesOn(t, gateway, expected);
	execFileSync('umount', ['--lazy', disk]);
});

test.serial('a gateway whose log pipe is closed serves on', async t => {
	const gateway = await GatewayProcess.start(t, {tritons: [triton]});
	const expected = await answerOf(gateway.connect(), request);
	const open = await openEdit(gateway.connect(), tinyEdit(500));
	gateway.program.child.stderr!.destroy();
	gateway.program.child.stdout!.destroy();
	t.deepEqual((await open.answer).tokenIds.slice(0, 50), expected.tokenIds);
	await servesOn(t, gateway, expected);
});
