import {setTimeout as delay} from 'node:timers/promises';
import {status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {momentOf} from '../../faults/step-frames.ts';
import {FaultyProxy} from '../../helpers/faulty-proxy.ts';
import {NameService} from '../../helpers/name-service.ts';
import {type Answer, answerOf, openEdit} from '../../helpers/open-edit.ts';
import {tinyEdit} from '../../helpers/tiny-triton.ts';
import {type Gateway, shareTwoTritons, startGateway} from '../../helpers/two-tritons.ts';

const request = tinyEdit(200);
const name = 'tritons.test';
/** Of the two Tritons, and of none. */
const [first, second, dead] = ['127.0.0.2', '127.0.0.3', '127.0.0.4'] as const;
const shared = shareTwoTritons();
const names = new NameService(name);
let pods: readonly [FaultyProxy, FaultyProxy];

test.before(async () => {
	const [one, other] = shared().tritons;
	const start = (target: string, host: string, port: number) =>
		FaultyProxy.start(target, Math.random, {host, port});
	const pod = await start(one.supervisor.address()!, first, 0);
	pods = [pod, await start(other.supervisor.address()!, second, pod.port)];
});

test.after.always(async () => {
	names.close();
	await Promise.all(pods.map(pod => pod.stop()));
});

/** A gateway that finds its Tritons by their name, and what an edit comes to. */
async function start(t: ExecutionContext, addresses: readonly string[]) {
	names.answer = addresses;
	const tritonTarget = {kind: 'dns' as const, name, port: pods[0].port};
	const gateway = await startGateway(t, shared().tritons, {tritonTarget, discoveryIntervalMs: 100});
	await gateway.untilReady(addresses.filter(address => address !== dead).length);
	return {...gateway, expected: await answerOf(shared().client, request)};
}

/** Runs an edit on each Triton that takes any; tells how many began on each. */
async function numStarted(t: ExecutionContext, {client}: Gateway, expected: Answer): Promise<number[]> {
	const numStarts = pods.map(() => 0);
	for (const [i, pod] of pods.entries()) {
		pod.onFrame = (direction, frame) => {
			numStarts[i]! += momentOf(direction, frame) === 'start' ? 1 : 0;
		};
	}

	for (const answer of await Promise.all([1, 2].map(() => answerOf(client, request)))) {
		t.deepEqual(answer, expected);
	}

	return numStarts;
}

/** Keeps edits that are open on the first Triton open for as long as the action takes. */
async function whileHeld(action: () => Promise<void>): Promise<void> {
	pods[0].degrade({isHeld: true}, ['down']);
	await action();
	pods[0].heal();
}

test.serial('a Triton that appears among the addresses of the name gets edits', async t => {
	const {expected, ...gateway} = await start(t, [first]);
	t.deepEqual(await numStarted(t, gateway, expected), [2, 0]);
	names.answer = [first, second];
	await gateway.untilReady(2);
	t.deepEqual(await numStarted(t, gateway, expected), [1, 1]);
});

test.serial('a Triton that vanishes from them keeps its edits to their end and gets no others', async t => {
	const {expected, ...gateway} = await start(t, [first]);
	const {answer} = await openEdit(gateway.client, request);
	await whileHeld(async () => {
		names.answer = [second];
		const label = `{triton="${second}:${pods[0].port}"}`;
		while ((await gateway.metric(`redraft_triton_ready${label}`)) !== 1) {
			await delay(50);
		}
	});
	t.deepEqual(await numStarted(t, gateway, expected), [0, 2]);
	t.deepEqual(await answer, expected);
	t.deepEqual(await gateway.moves(), {});
	await gateway.untilReady(1);
});

test.serial('the last Tritons that were found stay while the look-up fails or finds none', async t => {
	const {expected, ...gateway} = await start(t, [first, second]);
	for (const answer of [new Error('getaddrinfo EAI_AGAIN'), new Error('getaddrinfo ENOTFOUND'), []]) {
		names.answer = answer;
		await names.untilTold();
		t.deepEqual(await numStarted(t, gateway, expected), [1, 1]);
	}

	t.deepEqual(await gateway.moves(), {});
});

test.serial('an address at which there is nothing gets no edits', async t => {
	const {expected, ...gateway} = await start(t, [first, second, dead]);
	t.deepEqual(await numStarted(t, gateway, expected), [1, 1]);
	t.deepEqual(await gateway.moves(), {});
	const {answer} = await openEdit(gateway.client, request);
	await whileHeld(() => {
		names.answer = [dead];
		return names.untilTold();
	});
	t.deepEqual(await answer, expected);
	t.like(await t.throwsAsync(gateway.client.edit(request)), {code: status.UNAVAILABLE});
	names.answer = [second];
	await gateway.untilReady(1);
	t.deepEqual(await numStarted(t, gateway, expected), [0, 2]);
});

test.serial('a gateway whose name resolves to nothing at its start serves edits once it does', async t => {
	const {expected, ...gateway} = await start(t, []);
	t.like(await t.throwsAsync(gateway.client.edit(request)), {code: status.UNAVAILABLE});
	names.answer = [second];
	await gateway.untilReady(1);
	t.deepEqual(await numStarted(t, gateway, expected), [0, 2]);
});
