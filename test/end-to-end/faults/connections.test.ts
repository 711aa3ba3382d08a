import {once} from 'node:events';
import type {Readable} from 'node:stream';
import {setTimeout as delay} from 'node:timers/promises';
import {credentials, loadPackageDefinition, status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {type ApplyEditResponse, isServiceError, RedraftClient} from '../../../src/grpc/client.ts';
import type {ProtoGrpcType} from '../../../src/protos/generated/redraft.ts';
import {loadProto} from '../../../src/protos/load-proto.ts';
import {FaultyProxy} from '../../helpers/faulty-proxy.ts';
import {GatewayProcess} from '../../helpers/gateway-process.ts';
import {type Answer, answerOf, openEdit} from '../../helpers/open-edit.ts';
import {startTinyTriton, type TinyTriton, tinyEdit} from '../../helpers/tiny-triton.ts';

const request = tinyEdit(150);
/** Takes longer than any test waits. */
const longRequest = tinyEdit(7000);
const storm = tinyEdit(30);
/** Too many bytes for the buffers on the way. */
const wordyRequest = {...tinyEdit(1000), options: {...tinyEdit(1000).options, includeProvenance: true}};
const maxGrowthBytes = 100 << 20;
const definition = loadProto('redraft/v1/redraft.proto');
let triton: TinyTriton;

test.before(async () => {
	triton = await startTinyTriton({REDRAFT_IDLE_SECONDS: '1'});
});

test.after.always(async () => triton?.stop());

/** A gateway whose callers come over a network that can be made bad. */
async function startBehindProxy(t: ExecutionContext) {
	const gateway = await GatewayProcess.start(t, {tritons: [triton]});
	const proxy = await FaultyProxy.start(gateway.address);
	t.teardown(() => proxy.stop());
	const connect = () => {
		const client = new RedraftClient(proxy.address, {maxAttempts: 1});
		t.teardown(() => client.close());
		return client;
	};
	const expected = await answerOf(connect(), request);
	return {gateway, proxy, connect, expected};
}

/** Resolves when a value is the same twice in a row. */
async function untilStill(read: () => Promise<number>): Promise<number> {
	let last = -1;
	for (let value = await read(); value !== last; value = await read()) {
		last = value;
		await delay(500);
	}

	return last;
}

/** A caller that takes what it reads and little more: the rest waits in the gateway. */
function openNarrow(t: ExecutionContext, {address}: GatewayProcess): Readable {
	const {redraft} = loadPackageDefinition(definition) as unknown as ProtoGrpcType;
	const options = {'grpc-node.flow_control_window': 1024};
	const stub = new redraft.v1.Redraft(address, credentials.createInsecure(), options);
	t.teardown(() => stub.close());
	// An error is told to whoever reads; before that a test may have ended.
	return stub.applyEdit(wordyRequest).on('error', () => {});
}

async function readRest(call: Readable): Promise<Answer> {
	const messages = (await call.toArray()) as ApplyEditResponse[];
	const deltas = messages.flatMap(message => (message.event === 'delta' ? [message.delta] : []));
	return {text: deltas.map(({text}) => text).join(''), tokenIds: deltas.flatMap(({tokenIds}) => tokenIds)};
}

test.serial(
	'callers that stop reading cost little memory and nobody else’s time, and get the same text when they read on',
	async t => {
		const gateway = await GatewayProcess.start(t, {tritons: [triton]});
		const whole = await answerOf(gateway.connect(), wordyRequest);
		const [before, writtenBefore] = [
			gateway.residentBytes,
			await gateway.metric('redraft_output_tokens_total'),
		];
		const calls = Array.from({length: 10}, () => openNarrow(t, gateway));
		await Promise.all(calls.map(call => once(call, 'readable')));
		const written = await untilStill(() => gateway.metric('redraft_output_tokens_total'));
		t.true(written - writtenBefore < 10 * 900, 'the model runs ahead of its readers');
		t.is(await gateway.metric('redraft_open_edits'), 10);
		t.deepEqual(await answerOf(gateway.connect(), wordyRequest), whole);
		// The model waits no longer for the next step either.
		await triton.untilIdle();
		t.true(gateway.residentBytes - before < maxGrowthBytes);
		for (const answer of await Promise.all(calls.map(readRest))) {
			t.deepEqual(answer, whole);
		}

		await gateway.untilIdle();
		t.true((await gateway.metrics('redraft_sequence_moves_total')).get('reason="evicted"')! >= 10);
		t.deepEqual(await gateway.outcomes(), {finished: 12, cancelled: 0, refused: 0, failed: 0});
	},
);

test.serial('a connection that is reset ends its edits alone', async t => {
	const {gateway, proxy, connect, expected} = await startBehindProxy(t);
	const cut = [await openEdit(connect(), longRequest), await openEdit(connect(), longRequest)];
	const other = await openEdit(gateway.connect(), request);
	proxy.reset();
	for (const {answer} of cut) {
		t.like(await t.throwsAsync(answer), {code: status.UNAVAILABLE});
	}

	t.deepEqual(await other.answer, expected);
	await gateway.untilIdle();
	t.deepEqual(await gateway.outcomes(), {finished: 2, cancelled: 2, refused: 0, failed: 0});
});

test.serial('a caller that falls silent without a word loses its place', async t => {
	const {gateway, proxy, connect, expected} = await startBehindProxy(t);
	await openEdit(connect(), longRequest);
	proxy.degrade({isBlackHole: true});
	await gateway.untilIdle();
	t.deepEqual(await answerOf(gateway.connect(), request), expected);
	t.deepEqual(await gateway.outcomes(), {finished: 2, cancelled: 1, refused: 0, failed: 0});
});

test.serial(
	'a hundred callers that lose their connections at once come again and get the same text',
	async t => {
		const gateway = await GatewayProcess.start(t, {tritons: [triton]});
		const expected = await answerOf(gateway.connect(), storm);
		const proxies = await Promise.all(Array.from({length: 100}, () => FaultyProxy.start(gateway.address)));
		t.teardown(() => Promise.all(proxies.map(proxy => proxy.stop())));
		let numDeltas = 0;
		const onDelta = () => {
			numDeltas += 1;
			for (const proxy of numDeltas === 300 || numDeltas === 900 ? proxies : []) {
				proxy.reset();
			}
		};
		const answers = proxies.map(({address}) => answerInTheEnd(address, onDelta));
		for (const answer of await Promise.all(answers)) {
			t.deepEqual(answer, expected);
		}

		await gateway.untilIdle();
		const {finished, cancelled, ...others} = await gateway.outcomes();
		t.deepEqual(others, {refused: 0, failed: 0});
		t.true(finished > 100 && cancelled > 0);
	},
);

/** Asks at once again, over a new connection, until an edit has come to its end. */
async function answerInTheEnd(address: string, onDelta: () => void): Promise<Answer> {
	for (;;) {
		const client = new RedraftClient(address, {maxAttempts: 1});
		try {
			const {text, tokenIds} = await client.edit(storm, {onDelta});
			return {text, tokenIds};
		} catch (error) {
			if (!isServiceError(error) || error.code !== status.UNAVAILABLE) {
				throw error;
			}
		} finally {
			client.close();
		}
	}
}
