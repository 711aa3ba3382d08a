import test, {type ExecutionContext} from 'ava';
import {ModelWatch, type ModelWatchOptions} from '../../src/triton/model-watch.ts';
import {startStandInTriton} from '../helpers/stand-in-triton.ts';
import {until} from '../helpers/start-server.ts';

/** A watch that has checked once, and what it told of. */
async function startWatch(t: ExecutionContext, options: Partial<ModelWatchOptions<string>>) {
	const changes: string[] = [];
	const watch = new ModelWatch<string>({
		location: {address: () => undefined, reason: () => 'Triton is starting'},
		modelName: 'verifier',
		intervalMs: 10,
		maxMessageBytes: 1 << 20,
		create: async () => 'value',
		onChange: (isReady, reason) => changes.push(isReady ? 'ready' : reason),
		...options,
	});
	t.teardown(() => watch.stop());
	await watch.start();
	return {watch, changes};
}

const at = (address: string) => ({address: () => address, reason: () => ''});

test('before its first check there is nothing, and a reason', t => {
	const location = {address: () => undefined, reason: () => ''};
	const options = {modelName: 'm', intervalMs: 1, maxMessageBytes: 1, onChange() {}};
	const watch = new ModelWatch({location, create: async () => 1, ...options});
	t.is(watch.current(), undefined);
	t.is(watch.reason(), 'the model is still starting');
});

test('while there is no address, the reason is that of the location', async t => {
	const {watch} = await startWatch(t, {});
	t.is(watch.current(), undefined);
	t.is(watch.reason(), 'Triton is starting');
});

test('the reason is told at the first check and whenever it changes, not again and again', async t => {
	let reason = 'Triton is starting';
	let numChecks = 0;
	const location = {
		address: () => {
			numChecks += 1;
			return undefined;
		},
		reason: () => reason,
	};
	const {changes} = await startWatch(t, {location});
	t.deepEqual(changes, ['Triton is starting']);
	await until(() => numChecks > 3);
	t.is(changes.length, 1);
	reason = 'Triton has ended';
	await until(() => changes.length > 1);
	t.deepEqual(changes, ['Triton is starting', 'Triton has ended']);
});

test('a server that does not answer is named with its address', async t => {
	const {watch} = await startWatch(t, {location: at('127.0.0.1:9')});
	t.regex(watch.reason(), /^the model's server at 127\.0\.0\.1:9 cannot be reached: /);
});

test('what was made is held once the model is ready, and made once', async t => {
	const triton = await startStandInTriton(t);
	triton.isReady = false;
	let numCreated = 0;
	const create = async () => `value ${++numCreated}`;
	const {watch, changes} = await startWatch(t, {location: at(triton.address), create});
	t.is(watch.current(), undefined);
	t.is(watch.reason(), `the model verifier at ${triton.address} is not ready`);
	triton.isReady = true;
	await until(() => watch.current() !== undefined);
	t.is(watch.current(), 'value 1');
	t.is(watch.reason(), '');
	triton.isReady = false;
	await until(() => watch.current() === undefined);
	triton.isReady = true;
	await until(() => watch.current() !== undefined);
	t.is(watch.current(), 'value 1');
	const unready = `the model verifier at ${triton.address} is not ready`;
	t.deepEqual(changes, [unready, 'ready', unready, 'ready']);
});

test('what could not be made is tried again, and the reason is told', async t => {
	const triton = await startStandInTriton(t);
	let numAttempts = 0;
	const create = async () => {
		if (++numAttempts < 3) {
			throw new Error(`attempt ${numAttempts} failed`);
		}

		return 'value';
	};
	const {watch} = await startWatch(t, {location: at(triton.address), create});
	t.is(watch.reason(), 'attempt 1 failed');
	await until(() => watch.current() !== undefined);
	t.is(numAttempts, 3);
});

test('a Triton that moves is followed, and what is needed is made anew', async t => {
	const [first, second] = [await startStandInTriton(t), await startStandInTriton(t)];
	let address = first.address;
	let numCreated = 0;
	const create = async () => `value ${++numCreated}`;
	const {watch} = await startWatch(t, {location: {address: () => address, reason: () => ''}, create});
	t.is(watch.current(), 'value 1');
	address = second.address;
	await until(() => watch.current() === 'value 2');
	t.pass();
});

test('a watch that is stopped checks no more', async t => {
	const triton = await startStandInTriton(t);
	const {watch, changes} = await startWatch(t, {location: at(triton.address)});
	await watch.stop();
	triton.stop();
	t.deepEqual(changes, ['ready']);
});
