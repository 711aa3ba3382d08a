import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';

const script = fileURLToPath(new URL('wait-for-stop.ts', import.meta.url));
const {npm_lifecycle_event: _, ...plainEnvironment} = process.env;

/** A program that waits for its stop signal, under a shell that outlives it or dies before it. */
async function start(t: ExecutionContext, env: NodeJS.ProcessEnv = plainEnvironment) {
	const command = `'${process.execPath}' --import=tsx/esm '${script}'; exit $?`;
	const shell = spawn('sh', ['-c', command], {stdio: ['ignore', 'pipe', 'inherit'], env});
	const lines = createInterface({input: shell.stdout})[Symbol.asyncIterator]();
	const nextLine = async () => (await lines.next()).value;
	const pid = Number(await nextLine());
	const exited = once(shell, 'exit');
	t.teardown(() => {
		shell.kill('SIGKILL');
		signalIfThere(pid, 'SIGKILL');
	});
	return {shell, pid, nextLine, exited};
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
	try {
		process.kill(pid, signal);
	} catch {
		// Gone, as it should be in the end.
	}
}

test('a signal aborts once, with the exit code that a shell gives it, and the program ends in its own time', async t => {
	const {pid, nextLine, exited} = await start(t);
	process.kill(pid, 'SIGTERM');
	process.kill(pid, 'SIGTERM');
	t.is(await nextLine(), 'SIGTERM');
	t.is(await nextLine(), '143');
	t.deepEqual(await exited, [7, null]);
});

test('a program that is asked again and again ends although it is not done', async t => {
	const {pid, nextLine, exited} = await start(t);
	const timer = setInterval(() => signalIfThere(pid, 'SIGINT'), 100);
	t.teardown(() => clearInterval(timer));
	void exited.then(() => clearInterval(timer));
	t.is(await nextLine(), 'SIGINT');
	t.is(await nextLine(), '130');
	t.deepEqual(await exited, [130, null]);
});

test('under npm the end of the shell between counts as SIGTERM', async t => {
	const {shell, nextLine} = await start(t, {...plainEnvironment, npm_lifecycle_event: 'npx'});
	shell.kill('SIGTERM');
	t.is(await nextLine(), 'SIGTERM');
	t.is(await nextLine(), '143');
});

test('without npm a program outlives the shell that started it', async t => {
	const {shell, pid, nextLine} = await start(t);
	shell.kill('SIGTERM');
	t.is(await nextLine(), 'alone');
	process.kill(pid, 'SIGTERM');
	t.is(await nextLine(), 'SIGTERM');
});
