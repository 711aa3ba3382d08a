import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdir, readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {endLeftovers} from '../../../src/embedded/process/leftovers.ts';
import {isRunning, startTimeOf} from '../../../src/embedded/process/process-table.ts';
import {temporaryDirectory, until} from '../support.ts';

/** A process with the given text in its command line. */
async function startProcess(t: ExecutionContext, text: string) {
	// It waits without a child: between fork and exec that would have the text in its command line too.
	const child = spawn('sh', ['-c', 'read line', text], {stdio: ['pipe', 'ignore', 'ignore']});
	await once(child, 'spawn');
	t.teardown(() => child.kill('SIGKILL'));
	await until('a command line', () => isRunning(child.pid!));
	return child;
}

async function prepare(t: ExecutionContext, owner: {pid: number; startTime: number | null}) {
	const cacheDirectory = await temporaryDirectory(t);
	const shmPrefix = `redraft_0_${randomBytes(4).toString('hex')}_`;
	const recordFile = join(cacheDirectory, 'run', `${shmPrefix}.json`);
	const region = join('/dev/shm', `${shmPrefix}region`);
	const directory = join(cacheDirectory, 'run', shmPrefix);
	await mkdir(join(directory, 'tmp'), {recursive: true});
	await writeFile(recordFile, JSON.stringify({owner, shmPrefix}));
	await writeFile(region, '');
	t.teardown(() => rm(region, {force: true}));
	return {cacheDirectory, shmPrefix, recordFile, region, directory};
}

const self = () => ({pid: process.pid, startTime: startTimeOf(process.pid)!});

test('ends what an owner that is gone left behind', async t => {
	const {startTime, pid} = self();
	// Our own pid with another start time: the owner has ended and its pid was given to us.
	const owner = {pid, startTime: startTime - 1};
	const {cacheDirectory, shmPrefix, recordFile, region, directory} = await prepare(t, owner);
	const orphan = await startProcess(t, `--shm=${shmPrefix}`);
	t.is(await endLeftovers(cacheDirectory), 1);
	await until('the orphan gone', () => orphan.signalCode === 'SIGKILL');
	t.false(existsSync(region));
	t.false(existsSync(recordFile));
	t.false(existsSync(directory));
});

test('leaves the instance of an owner that lives alone', async t => {
	const {cacheDirectory, shmPrefix, recordFile, directory} = await prepare(t, self());
	const server = await startProcess(t, shmPrefix);
	t.is(await endLeftovers(cacheDirectory), 0);
	t.true(isRunning(server.pid!));
	t.true(existsSync(recordFile));
	t.true(existsSync(directory));
});

test('does not kill a process that was given the pid of an old one', async t => {
	const bystander = await startProcess(t, 'bystander');
	const {cacheDirectory, recordFile} = await prepare(t, {pid: bystander.pid!, startTime: 1});
	t.is(await endLeftovers(cacheDirectory), 0);
	t.true(isRunning(bystander.pid!));
	t.false(existsSync(recordFile));
});

test('a damaged record is left alone and does no harm', async t => {
	const {cacheDirectory, recordFile} = await prepare(t, {pid: 1, startTime: null});
	await writeFile(recordFile, '{"owner": {"pid": 1}, "shmPrefix": ""}');
	t.is(await endLeftovers(cacheDirectory), 0);
});

test('the directory of a start that was killed before there was a record is removed, that of a start under way is not', async t => {
	const run = join(await temporaryDirectory(t), 'run');
	const gone = spawn('true', {stdio: 'ignore'});
	await once(gone, 'close');
	const names = [`redraft_${gone.pid}_00112233_`, `redraft_${self().pid}_00112233_`, 'another'];
	for (const name of names) {
		await mkdir(join(run, name, 'tmp'), {recursive: true});
	}

	t.is(await endLeftovers(join(run, '..')), 0);
	t.deepEqual((await readdir(run)).sort(), names.slice(1).sort());
});

test('a cache that no run has used yet holds no leftovers', async t => {
	t.is(await endLeftovers(join(await temporaryDirectory(t), 'missing')), 0);
});
