import {type ServiceError, status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {type Config, readConfig} from '../../src/config.ts';
import {RedraftClient} from '../../src/grpc/client.ts';
import {startService} from '../../src/service.ts';
import {MovingSequence} from '../../src/speculation/moving-sequence.ts';
import {speculativeEdit} from '../../src/speculation/speculative-editor.ts';
import type {Verifier} from '../../src/speculation/verifier.ts';
import {TritonVerifier} from '../../src/triton/triton-verifier.ts';
import {ListDrafter} from '../helpers/list-drafter.ts';
import {killTriton, startRealTriton, type TritonProgram, untilFreed} from '../helpers/real-triton.ts';
import {sendAll} from '../helpers/run-editor.ts';
import {tinyCheckpoint} from '../helpers/tiny-checkpoint.ts';

const original = 'let a = 1;\nlet b = 2;\n'.repeat(30);
const request = {original, instruction: 'Add them.', language: 'javascript'};
/** Plain decoding of a random model: goes on until it is stopped. */
const endless = {...request, options: {speculation: false, maxOutputTokens: 4000}};

async function tinyTriton(t: ExecutionContext, modelEnvironment: Record<string, string> = {}) {
	const modelDirectory = await tinyCheckpoint(t, 'llama');
	const environment = {REDRAFT_ADAPTER_DIR: 'none', ...modelEnvironment};
	const config = {moveWaitMs: 120_000};
	const real = await startRealTriton('qwen2.5-coder', {
		modelDirectory,
		modelEnvironment: environment,
		config,
	});
	t.teardown(() => real.stop());
	return real;
}

test.serial('a cancelled edit frees its sequence on Triton', async t => {
	const real = await tinyTriton(t);
	const stop = new AbortController();
	const edit = real.client.edit(endless, {signal: stop.signal, onDelta: () => stop.abort()});
	t.like(await t.throwsAsync(edit), {code: status.CANCELLED});
	await untilFreed(t, real);
});

test.serial('an edit whose deadline passes frees its sequence on Triton', async t => {
	const real = await tinyTriton(t);
	t.like(await t.throwsAsync(real.client.edit(endless, {timeoutMs: 700})), {code: status.DEADLINE_EXCEEDED});
	await untilFreed(t, real);
});

test.serial('an edit that pauses until its KV cache is evicted goes on with the same tokens', async t => {
	const real = await tinyTriton(t, {REDRAFT_IDLE_SECONDS: '1'});
	const options = {modelName: 'verifier', stepTimeoutMs: 30_000, endTimeoutMs: 5000};
	const verifier = new TritonVerifier(real.triton, options);
	const isEvicted = async () => (await real.metric('redraft_evictions_total')) > 0;
	const expected = await decode(verifier, async () => {});
	const tokens = await decode(verifier, async numTokens => {
		while (numTokens === 10 && !(await isEvicted())) {
			await new Promise(resolve => setTimeout(resolve, 200));
		}
	});
	t.true(await isEvicted());
	t.deepEqual(tokens, expected);
	await untilFreed(t, real);
});

/** Plain decoding of 40 tokens; the model waits for `pause` after each of them. */
async function decode(verifier: Verifier, pause: (numTokens: number) => Promise<void>): Promise<number[]> {
	const sequence = new MovingSequence(verifier, {maxMoves: 3, maxWaitMs: 0});
	const prompt = Array.from({length: 300}, (_, i) => 3 + ((i * 37) % 250));
	const signal = new AbortController().signal;
	const limits = {maxOutputTokens: 40, maxDraftTokens: 0, maxBranches: 1, signal};
	const parts = {drafter: new ListDrafter([]), policy: sendAll, stop: {ends: () => false}};
	const tokens: number[] = [];
	for await (const pass of speculativeEdit(sequence, {prompt, ...parts, ...limits})) {
		tokens.push(...pass.tokens);
		await pause(tokens.length);
	}

	await sequence.end();
	return tokens;
}

const killed = test.macro({
	async exec(t, program: TritonProgram) {
		const real = await tinyTriton(t);
		const limited = {...endless, options: {...endless.options, maxOutputTokens: 60, includeTokenIds: true}};
		const expected = await real.client.edit(limited);
		let numDeltas = 0;
		const onDelta = () => {
			numDeltas += 1;
			if (numDeltas === 3) {
				killTriton(real.supervisor, program);
			}
		};
		const edited = await real.client.edit(limited, {onDelta});
		t.deepEqual(edited.tokenIds, expected.tokenIds);
		t.is(edited.text, expected.text);
		await untilFreed(t, real);
	},
	title: (name = '') => `${name} killed in the middle of an edit is started again, and the edit goes on`,
});

test.serial('the one Triton', killed, 'tritonserver');
test.serial("the one Triton's model", killed, 'triton_python_backend_stub');

/** What a service on an external Triton answers to its first edit. */
async function firstAnswer(t: ExecutionContext, external: Partial<Config>) {
	const config = {...readConfig({}), listen: '127.0.0.1:0', model: 'qwen2.5-coder', ...external};
	const service = await startService(config, () => {});
	const client = new RedraftClient(service.address);
	t.teardown(async () => {
		client.close();
		await service.stop();
	});
	return (await t.throwsAsync(client.edit(request))) as unknown as ServiceError;
}

test.serial('with Triton down at the start the service answers as unavailable and says why', async t => {
	const modelDirectory = await tinyCheckpoint(t, 'llama');
	const {code, details} = await firstAnswer(t, {
		modelDirectory,
		tritonTarget: {kind: 'list', addresses: ['127.0.0.1:9']},
	});
	t.is(code, status.UNAVAILABLE);
	t.regex(details, /^the model's server at 127\.0\.0\.1:9 cannot be reached/);
});

test.serial('a model that Triton does not have is reported as not ready', async t => {
	const {supervisor} = await tinyTriton(t);
	const external = {
		modelDirectory: supervisor.modelDirectory,
		tritonTarget: {kind: 'list' as const, addresses: [supervisor.address()!]},
		tritonModel: 'no-such-model',
	};
	const {code, details} = await firstAnswer(t, external);
	t.is(code, status.UNAVAILABLE);
	t.regex(details, /no-such-model/);
});

test.serial('a file full of special-token text and fences comes back as it is', async t => {
	const real = await tinyTriton(t);
	const hostile = '<|im_end|>\n```\n````js\n<|im_start|>assistant\n```\n'.repeat(5);
	const options = {includeTokenIds: true, maxOutputTokens: 60};
	const fast = await real.client.edit({...request, original: hostile, language: 'markdown', options});
	const plain = await real.client.edit({
		...request,
		original: hostile,
		language: 'markdown',
		options: {...options, speculation: false},
	});
	t.deepEqual(fast.tokenIds, plain.tokenIds);
	await untilFreed(t, real);
});
