import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {processesMentioning} from '../../../src/embedded/process/process-table.ts';
import {type ProcessEnd, supervise} from '../../../src/embedded/process/supervised-process.ts';
import {findPython} from '../../../src/embedded/python/find-python.ts';
import {startParent, temporaryDirectory, until} from '../support.ts';

const {executable: python} = await findPython();

/** A stand-in for a server: it ignores SIGTERM, and so does the child that it leaves in its group. */
const stubborn = (marker: string) =>
	`trap '' TERM; sh -c 'trap "" TERM; while :; do sleep 0.1; done' ${marker}child & while :; do sleep 0.1; done`;
const newMarker = () => `redraft_test_${randomBytes(6).toString('hex')}_`;

async function startStubborn(t: ExecutionContext) {
	const marker = newMarker();
	const recordFile = join(await temporaryDirectory(t), 'record.json');
	const parent = startParent(t, 'supervise.ts', [python, stubborn(marker), recordFile, marker]);
	const launcher = Number(await parent.nextLine());
	// The test's parent, the launcher, the server and the server's child carry the marker.
	await until('four processes', () => processesMentioning(marker).length >= 4 && existsSync(recordFile));
	const region = join('/dev/shm', `${marker}region`);
	writeFileSync(region, '');
	t.teardown(() => rmSync(region, {force: true}));
	const isGone = () => processesMentioning(marker).length === 0;
	return {parent, launcher, marker, recordFile, isGone};
}

test('SIGKILL of the parent leaves no process, no record and no shared memory', async t => {
	const {parent, marker, recordFile, isGone} = await startStubborn(t);
	parent.child.kill('SIGKILL');
	await until('every process gone', isGone);
	t.false(existsSync(recordFile));
	t.deepEqual(
		readdirSync('/dev/shm').filter(name => name.startsWith(marker)),
		[],
	);
});

test('Ctrl-C reaches the parent only, whose stop ends the whole group', async t => {
	const {parent, isGone} = await startStubborn(t);
	process.kill(-parent.child.pid!, 'SIGINT');
	t.is(await parent.nextLine(), 'interrupted');
	await parent.exited;
	t.true(isGone());
});

test('SIGKILL of the launcher ends the command too', async t => {
	const {launcher, marker} = await startStubborn(t);
	process.kill(launcher, 'SIGKILL');
	await until('the server gone', () => processesMentioning(marker).length <= 2);
	t.false(processesMentioning(marker).includes(launcher));
	for (const pid of processesMentioning(`${marker}child`)) {
		process.kill(pid, 'SIGKILL');
	}
});

const start = (command: string) =>
	supervise({python, command: ['sh', '-c', command], env: process.env, output: 2, graceMs: 60_000});

async function run(command: string): Promise<ProcessEnd> {
	return (await start(command)).exited;
}

test('reports the exit code of the command', async t => {
	t.deepEqual(await run('exit 7'), {code: 7, signal: null});
});

test('reports the signal that ended the command', async t => {
	t.deepEqual(await run('kill -SEGV $$'), {code: null, signal: 'SIGSEGV'});
});

test('stop asks with SIGTERM first', async t => {
	const ready = join(await temporaryDirectory(t), 'ready');
	const running = await start(`trap "exit 3" TERM; : > '${ready}'; while :; do sleep 0.05; done`);
	await until('the trap to be set', () => existsSync(ready));
	t.deepEqual(await running.stop(), {code: 3, signal: null});
});

test('ends what the command left running in its group', async t => {
	const marker = newMarker();
	await run(`sh -c 'while :; do sleep 0.1; done' ${marker} & exit 0`);
	t.deepEqual(processesMentioning(marker), []);
});

test('the command runs in its directory, which is gone when it has ended', async t => {
	const directory = join(await temporaryDirectory(t), 'instance');
	mkdirSync(directory);
	const command = ['sh', '-c', 'echo file > here; test -f "$0/here"', directory];
	const running = await supervise({python, command, env: process.env, output: 2, directory});
	t.deepEqual(await running.exited, {code: 0, signal: null});
	t.false(existsSync(directory));
});

test('an interpreter that does not exist is an error, not a hanging promise', async t => {
	const options = {python: '/nowhere/python', command: ['true'], env: {}, output: 2};
	await t.throwsAsync(supervise(options), {code: 'ENOENT'});
});
