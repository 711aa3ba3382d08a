import test from 'ava';
import type {TritonPorts} from '../../src/embedded/process/ports.ts';
import type {EmbeddedTriton, TritonEnd} from '../../src/embedded/running-triton.ts';
import {TritonSupervisor} from '../../src/embedded/triton-supervisor.ts';
import {until} from './support.ts';

/** A Triton without a process: it dies when told to. */
class FakeTriton implements EmbeddedTriton {
	readonly grpcAddress: string;
	readonly httpAddress = '';
	readonly metricsAddress = '';
	readonly logFile = 'triton.log';
	readonly exited: Promise<TritonEnd>;
	die!: (reason: string) => void;

	constructor(readonly ports: TritonPorts) {
		this.grpcAddress = `127.0.0.1:${ports.grpc}`;
		this.exited = new Promise(resolve => {
			this.die = reason => resolve({code: 1, signal: null, reason, tail: ['last words']});
		});
	}

	async stop(): Promise<void> {
		this.die('Triton was stopped');
		await this.exited;
	}
}

const firstPorts = {grpc: 11, http: 12, metrics: 13};

function prepare(backOffMs = [0, 0]) {
	const started: FakeTriton[] = [];
	const askedPorts: (TritonPorts | undefined)[] = [];
	const lines: string[] = [];
	const failures: Error[] = [];
	const start = async (ports: TritonPorts | undefined) => {
		askedPorts.push(ports);
		const failure = failures.shift();
		if (failure) {
			throw failure;
		}
		started.push(new FakeTriton(ports ?? firstPorts));
		return started.at(-1)!;
	};
	const options = {start, modelDirectory: 'model', backOffMs, onProgress: (line: string) => lines.push(line)};
	return {options, started, askedPorts, lines, failures};
}

test('a Triton that dies is started again on the same ports', async t => {
	const {options, started, askedPorts, lines} = prepare();
	const supervisor = await TritonSupervisor.start(options);
	const states: string[] = [];
	supervisor.onState(state => states.push(`${state} ${supervisor.address()}`));
	started[0]!.die('Triton was ended by SIGSEGV');
	await until('a second Triton', () => supervisor.state === 'ready' && started.length === 2);
	t.deepEqual(askedPorts, [undefined, firstPorts]);
	t.deepEqual(states, ['starting undefined', 'ready 127.0.0.1:11']);
	t.regex(lines.join('\n'), /ended by SIGSEGV; last lines of triton\.log:\n\s+last words/);
	await supervisor.stop();
});

test('a Triton that keeps dying is given up, and the reason says so', async t => {
	const {options, started, failures} = prepare();
	const supervisor = await TritonSupervisor.start(options);
	failures.push(new Error('no memory'));
	started[0]!.die('first');
	await until('a second Triton', () => started.length === 2);
	started[1]!.die('second');
	await until('the end', () => supervisor.state === 'down');
	t.regex(supervisor.reason(), /died again after 2 restarts/);
	t.is(supervisor.address(), undefined);
	await supervisor.stop();
});

test('a failure of the first start is not retried', async t => {
	const {options, failures, started} = prepare();
	failures.push(new Error('wrong model'));
	await t.throwsAsync(TritonSupervisor.start(options), {message: 'wrong model'});
	t.is(started.length, 0);
});

test('stop during the wait before a restart starts nothing more', async t => {
	const {options, started} = prepare([60_000]);
	const supervisor = await TritonSupervisor.start(options);
	started[0]!.die('gone');
	await until('the wait', () => supervisor.state === 'starting');
	await supervisor.stop();
	t.is(supervisor.state, 'down');
	t.is(started.length, 1);
});

test('stop in the moment of becoming ready leaves no Triton', async t => {
	const {options, started} = prepare();
	const {start} = options;
	let stopped: Promise<void> | undefined;
	const stopAtOnce = async (ports: TritonPorts | undefined) => {
		if (ports) {
			stopped = supervisor.stop();
		}
		return start(ports);
	};
	const supervisor = await TritonSupervisor.start({...options, start: stopAtOnce});
	started[0]!.die('gone');
	await until('the second start', () => stopped !== undefined);
	await stopped;
	t.is((await started[1]!.exited).reason, 'Triton was stopped');
	t.is(supervisor.state, 'down');
});
