import test from 'ava';
import {Discovery, type TritonTarget} from '../../src/triton/discovery.ts';
import {until} from '../helpers/start-server.ts';

const name: TritonTarget = {kind: 'dns', name: 'tritons', port: 8001};

/** A discovery whose resolver answers with the next of the answers, and with the last one for ever after. */
function discover(answers: readonly (readonly string[] | Error)[], target = name) {
	const seen: string[] = [];
	let numLookups = 0;
	const discovery = new Discovery({
		target,
		intervalMs: 5,
		onChange: addresses => seen.push(addresses.join(' ')),
		resolveAll: async () => {
			const answer = answers[Math.min(numLookups, answers.length - 1)]!;
			numLookups += 1;
			if (answer instanceof Error) {
				throw answer;
			}

			return answer;
		},
	});
	return {discovery, seen, lookups: () => numLookups};
}

test('a list is taken as it stands, each address once', async t => {
	const {discovery, seen, lookups} = discover([], {kind: 'list', addresses: ['b:1', 'a:1', 'b:1']});
	await discovery.start();
	await discovery.stop();
	t.deepEqual(seen, ['a:1 b:1']);
	t.is(lookups(), 0);
});

test('a name is looked up again and again, and only changes are told', async t => {
	const {discovery, seen} = discover([['10.0.0.2'], ['10.0.0.2'], ['10.0.0.2', '10.0.0.1'], ['10.0.0.1']]);
	await discovery.start();
	t.deepEqual(seen, ['10.0.0.2:8001']);
	await until(() => seen.length === 3);
	await discovery.stop();
	t.deepEqual(seen.slice(1), ['10.0.0.1:8001 10.0.0.2:8001', '10.0.0.1:8001']);
});

test('the last good list stays while the look-up fails or finds nothing', async t => {
	const {discovery, seen, lookups} = discover([['10.0.0.1'], new Error('SERVFAIL'), [], ['10.0.0.1']]);
	await discovery.start();
	await until(() => lookups() > 5);
	await discovery.stop();
	t.deepEqual(seen, ['10.0.0.1:8001']);
});

test('a name that resolves only later is found then', async t => {
	const {discovery, seen} = discover([new Error('ENOTFOUND'), ['fd00::1']]);
	await discovery.start();
	t.deepEqual(seen, []);
	await until(() => seen.length === 1);
	await discovery.stop();
	t.deepEqual(seen, ['[fd00::1]:8001']);
});

test('the name of this machine is resolved by the system', async t => {
	const seen: string[] = [];
	const target: TritonTarget = {kind: 'dns', name: 'localhost', port: 8001};
	const discovery = new Discovery({target, intervalMs: 1000, onChange: found => seen.push(...found)});
	await discovery.start();
	await discovery.stop();
	t.true(seen.includes('127.0.0.1:8001') || seen.includes('[::1]:8001'), seen.join());
});
