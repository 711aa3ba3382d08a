import {status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {EditCancelledError} from '../../src/errors/errors.ts';
import type {VerifyStep} from '../../src/speculation/verifier.ts';
import {SequenceLostError} from '../../src/speculation/verifier-errors.ts';
import type {KvTokens} from '../../src/triton/kv-ledger.ts';
import {TritonClient} from '../../src/triton/triton-client.ts';
import {TritonVerifier} from '../../src/triton/triton-verifier.ts';
import {sevens, startStandInTriton} from '../helpers/stand-in-triton.ts';

const {signal} = new AbortController();
const prompt: VerifyStep = {keepLength: 0, adoptBranch: 0, prefix: [1, 2, 3], branches: []};
const branched: VerifyStep = {keepLength: 3, adoptBranch: 0, prefix: [7], branches: [[7, 8], [9]]};

async function start(t: ExecutionContext) {
	const triton = await startStandInTriton(t);
	const client = new TritonClient(triton.address, 1 << 20);
	t.teardown(() => client.close());
	const told: KvTokens[] = [];
	const onKvTokens = (tokens: KvTokens) => void told.push(tokens);
	const options = {modelName: 'verifier', stepTimeoutMs: 10_000, endTimeoutMs: 10_000, onKvTokens};
	return {triton, sequence: new TritonVerifier(client, options).open(), told};
}

const numbers = (bytes: Buffer) =>
	Array.from({length: bytes.length / 4}, (_, index) => bytes.readInt32LE(4 * index));

test('a step travels as four tensors of one sequence, which it starts once and ends', async t => {
	const {triton, sequence} = await start(t);
	await sequence.verify(prompt, signal);
	triton.answer = () => sevens(5);
	await sequence.verify(branched, signal);
	await sequence.end();
	const sent = triton.steps.map(({inputs, rawInputContents}) =>
		Object.fromEntries(inputs.map(({name}, index) => [name, numbers(rawInputContents[index]!)])),
	);
	t.deepEqual(sent, [
		{TOKENS: [1, 2, 3], BRANCHES: [], KEEP: [0], ADOPT: [0]},
		{TOKENS: [7, 7, 8, 9], BRANCHES: [2, 1], KEEP: [3], ADOPT: [0]},
		{TOKENS: [], BRANCHES: [], KEEP: [0], ADOPT: [0]},
	]);
	const flags = triton.steps.map(({parameters}) => [
		parameters.sequence_start?.boolParam,
		parameters.sequence_end?.boolParam,
	]);
	t.deepEqual(flags, [
		[true, undefined],
		[false, undefined],
		[undefined, true],
	]);
	t.is(new Set(triton.steps.map(({parameters}) => parameters.sequence_id?.int64Param)).size, 1);
});

test('the answer is split by branch, one position more than the branch has tokens', async t => {
	const {triton, sequence} = await start(t);
	triton.answer = () => sevens(5);
	const {branches, passMs, packedTokens} = await sequence.verify(branched, signal);
	t.deepEqual(
		branches.map(({tokens, margins}) => [tokens.length, margins.length]),
		[
			[3, 3],
			[2, 2],
		],
	);
	t.is(passMs, 3);
	t.is(packedTokens, 5);
});

test('the room in the KV cache is told with each answer that has it, that to the end included', async t => {
	const {triton, sequence, told} = await start(t);
	await sequence.verify(prompt, signal);
	t.deepEqual(told, []);
	triton.answer = () => sevens(5, [80, 100]);
	await sequence.verify(branched, signal);
	triton.answer = () => sevens(0, [100, 100]);
	await sequence.end();
	t.deepEqual(told, [
		{free: 80, total: 100},
		{free: 100, total: 100},
	]);
});

test('an answer with too few positions is a failure of the model', async t => {
	const {triton, sequence} = await start(t);
	triton.answer = () => sevens(4);
	await t.throwsAsync(sequence.verify(branched, signal), {
		instanceOf: SequenceLostError,
		message: 'output ARGMAX: expected 5 positions, got 4 with 4 margins',
	});
});

test('a failed step is told by what it means for the edit', async t => {
	const {triton, sequence} = await start(t);
	triton.answer = () => ({code: status.NOT_FOUND, details: 'sequence 42: evicted'});
	await t.throwsAsync(sequence.verify(prompt, signal), {instanceOf: SequenceLostError});
});

test('a step finds its server again where that was gone since the last one', async t => {
	const {triton, sequence} = await start(t);
	await sequence.verify(prompt, signal);
	triton.stop();
	await t.throwsAsync(sequence.verify(branched, signal), {instanceOf: SequenceLostError});
	const returned = await startStandInTriton(t, triton.address);
	returned.answer = () => sevens(5);
	await t.notThrowsAsync(async () => {
		for (;;) {
			try {
				return await sequence.verify(branched, signal);
			} catch (error) {
				if (!(error instanceof SequenceLostError && error.reason === 'unavailable')) {
					throw error;
				}
			}
		}
	});
});

test('an aborted step is a cancellation, whatever the transport makes of it', async t => {
	const {triton, sequence} = await start(t);
	const stop = new AbortController();
	triton.answer = () => {
		stop.abort();
		return sevens(1);
	};
	await t.throwsAsync(sequence.verify(prompt, stop.signal), {instanceOf: EditCancelledError});
});

test('a sequence that sent nothing ends without a word', async t => {
	const {triton, sequence} = await start(t);
	await sequence.end();
	t.deepEqual(triton.steps, []);
});

test('the end of a sequence that Triton no longer knows is no error, and is sent once', async t => {
	const {triton, sequence} = await start(t);
	await sequence.verify(prompt, signal);
	triton.answer = () => ({code: status.INVALID_ARGUMENT, details: 'must specify the START flag'});
	await sequence.end();
	await sequence.end();
	t.is(triton.steps.length, 2);
});
