import {once} from 'node:events';
import {readdirSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {type AddressInfo, createServer} from 'node:net';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {startEmbeddedTriton} from '../../src/embedded/embedded-triton.ts';
import type {TritonStartError} from '../../src/embedded/machine/setup-error.ts';
import {endLeftovers} from '../../src/embedded/process/leftovers.ts';
import {findFreePorts, type TritonPorts} from '../../src/embedded/process/ports.ts';
import {processesMentioning} from '../../src/embedded/process/process-table.ts';
import type {EmbeddedTriton} from '../../src/embedded/running-triton.ts';
import {TritonSupervisor} from '../../src/embedded/triton-supervisor.ts';
import {infer, prepareTriton} from './real-triton.ts';
import {startParent, until} from './support.ts';

const prefixOf = (triton: {logFile: string}) => /redraft_\w+_/.exec(triton.logFile)![0];
const stubOf = (prefix: string) =>
	processesMentioning(`python_backend_stub`).filter(pid => processesMentioning(prefix).includes(pid));

function assertNothingLeft(t: ExecutionContext, prefix: string, cacheDirectory: string): void {
	t.deepEqual(processesMentioning(prefix), []);
	t.deepEqual(
		readdirSync('/dev/shm').filter(name => name.startsWith(prefix)),
		[],
	);
	t.deepEqual(readdirSync(join(cacheDirectory, 'run')), []);
}

test.serial('the server’s temporary files lie in its own directory, not in /tmp', async t => {
	const {options} = await prepareTriton(t);
	const triton = await startEmbeddedTriton(options);
	t.teardown(() => triton.stop());
	const names = await readdir(join(options.cacheDirectory, 'run', prefixOf(triton), 'tmp'));
	t.is(names.filter(name => name.startsWith('python_env')).length, 1);
});

test.serial('two instances serve at once, and stopping one leaves the other alone', async t => {
	const {options} = await prepareTriton(t);
	const other = {...options, modelEnvironment: {ADDED: '20'}};
	const [first, second] = await Promise.all([startEmbeddedTriton(options), startEmbeddedTriton(other)]);
	t.teardown(() => second.stop());
	t.deepEqual(await infer(first, [1, -2]), [11, 8]);
	await first.stop();
	const isFirst = (name: string) => name.startsWith(prefixOf(first));
	t.deepEqual(readdirSync(join(options.cacheDirectory, 'run')).filter(isFirst), []);
	t.deepEqual(processesMentioning(prefixOf(first)), []);
	t.is((await first.exited).reason, 'Triton was stopped');
	t.deepEqual(await infer(second, [1]), [21]);
});

test.serial('a model that fails to load is reported with the end of the log', async t => {
	const code =
		'class TritonPythonModel:\n    def initialize(self, args):\n        raise ValueError("no such weights")\n';
	const {options} = await prepareTriton(t, code);
	const error = await t.throwsAsync<TritonStartError>(startEmbeddedTriton(options), {
		name: 'TritonStartError',
	});
	t.regex(error!.message, /^Triton ended with exit code 1; last lines of .*\.log:\n/);
	t.regex(error!.logTail.join('\n'), /no such weights/);
	t.deepEqual(await readdir(join(options.cacheDirectory, 'run')), []);
});

const survivesTakenPort = test.macro<[keyof TritonPorts]>(async (t, name) => {
	const {options, lines} = await prepareTriton(t);
	const squatter = createServer().listen(0, '127.0.0.1');
	t.teardown(() => squatter.close());
	await once(squatter, 'listening');
	const ports = {...(await findFreePorts()), [name]: (squatter.address() as AddressInfo).port};
	const triton = await startEmbeddedTriton({...options, ports});
	t.teardown(() => triton.stop());
	t.true(lines.some(line => line.includes('port was taken')));
	t.not(triton.ports[name], ports[name]);
	t.deepEqual(await infer(triton, [1]), [11]);
});

test.serial('a gRPC port that is taken costs another attempt, not the start', survivesTakenPort, 'grpc');
test.serial('an HTTP port that is taken costs another attempt, not the start', survivesTakenPort, 'http');
test.serial(
	'a metrics port that is taken costs another attempt, not the start',
	survivesTakenPort,
	'metrics',
);

test.serial('a start that takes too long is ended', async t => {
	const code =
		'import time\nclass TritonPythonModel:\n    def initialize(self, args):\n        time.sleep(600)\n';
	const {options} = await prepareTriton(t, code);
	const start = startEmbeddedTriton({...options, startTimeoutMs: 1_500});
	await t.throwsAsync(start, {message: /^Triton was not ready within 1\.5 s/});
	t.deepEqual(processesMentioning(options.modelRepository), []);
});

test.serial('abort during the start ends everything', async t => {
	const {options} = await prepareTriton(t);
	const stop = new AbortController();
	const onProgress = () => stop.abort(new Error('enough'));
	const start = startEmbeddedTriton({...options, onProgress, signal: stop.signal});
	await t.throwsAsync(start, {message: 'enough'});
	t.deepEqual(processesMentioning(options.modelRepository), []);
});

test.serial('an empty model repository is named', async t => {
	const {options} = await prepareTriton(t);
	const start = startEmbeddedTriton({...options, modelRepository: options.cacheDirectory});
	await t.throwsAsync(start, {
		name: 'SetupError',
		message: /expected folders with a config\.pbtxt, found none/,
	});
});

const leavesNothing = test.macro<[(pid: number) => void]>(async (t, end) => {
	const {options} = await prepareTriton(t);
	const parent = startParent(t, 'start-triton.ts', [JSON.stringify(options)]);
	const prefix = await parent.nextLine();
	t.is(stubOf(prefix).length, 1);
	end(parent.child.pid!);
	await until('every process gone', () => processesMentioning(prefix).length === 0);
	assertNothingLeft(t, prefix, options.cacheDirectory);
});

test.serial('SIGKILL of Node leaves neither Triton nor its stub', leavesNothing, pid =>
	process.kill(pid, 'SIGKILL'),
);
test.serial('Ctrl-C leaves neither Triton nor its stub', leavesNothing, pid => process.kill(-pid, 'SIGINT'));

test.serial('SIGKILL of Node and the launcher leaves neither Triton nor its stub', async t => {
	const {options} = await prepareTriton(t);
	const parent = startParent(t, 'start-triton.ts', [JSON.stringify(options)]);
	const prefix = await parent.nextLine();
	const launcher = processesMentioning('launch.py').filter(pid => processesMentioning(prefix).includes(pid));
	t.is(launcher.length, 1);
	parent.child.kill('SIGKILL');
	process.kill(launcher[0]!, 'SIGKILL');
	await until('every process gone', () => processesMentioning(prefix).length === 0);
	// Nobody was left to clean up, so the next start does it.
	await endLeftovers(options.cacheDirectory);
	assertNothingLeft(t, prefix, options.cacheDirectory);
});

async function startSupervisor(t: ExecutionContext) {
	const {options, lines} = await prepareTriton(t);
	const started: EmbeddedTriton[] = [];
	const supervisor = await TritonSupervisor.start({
		start: async (ports, signal) => {
			started.push(await startEmbeddedTriton({...options, ports, signal}));
			return started.at(-1)!;
		},
		modelDirectory: '',
		backOffMs: [0],
		onProgress: options.onProgress,
	});
	t.teardown(() => supervisor.stop());
	return {supervisor, started, lines};
}

test.serial('a model process that is killed is noticed, and Triton comes back on the same port', async t => {
	const {supervisor, started, lines} = await startSupervisor(t);
	const address = supervisor.address();
	process.kill(stubOf(prefixOf(started[0]!))[0]!, 'SIGKILL');
	await until('a restart', () => started.length === 2 && supervisor.state === 'ready');
	t.is(supervisor.address(), address);
	t.deepEqual(await infer(started[1]!, [5]), [15]);
	t.true(lines.some(line => /^the model's process \(pid \d+\) has ended/.test(line)));
});

test.serial('a Triton that is killed comes back', async t => {
	const {supervisor, started} = await startSupervisor(t);
	const prefix = prefixOf(started[0]!);
	const server = processesMentioning(prefix).filter(pid =>
		processesMentioning('bin/tritonserver').includes(pid),
	);
	for (const pid of server) {
		process.kill(pid, 'SIGKILL');
	}
	await until('a restart', () => started.length === 2 && supervisor.state === 'ready');
	t.deepEqual(await infer(started[1]!, [5]), [15]);
	t.deepEqual(processesMentioning(prefix), []);
});
