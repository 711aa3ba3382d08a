import {setTimeout as delay} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {UnavailableError} from '../../src/errors/errors.ts';
import {ServiceMetrics} from '../../src/telemetry/metrics/service-metrics.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {GatedVerifier} from '../helpers/gated-verifier.ts';
import {checkMetrics} from '../helpers/promtool.ts';
import {startServer, until} from '../helpers/start-server.ts';
import {TargetVerifier, type TargetVerifierOptions} from '../helpers/target-verifier.ts';

const request = {original: 'alpha\nbeta\n', instruction: 'Change nothing.'};

const counters = [
	'edits_total',
	'prompt_tokens_total',
	'output_tokens_total',
	'draft_tokens_total',
	'accepted_draft_tokens_total',
	'drafts_total',
	'sequence_moves_total',
	'refused_total',
];
const gauges = [
	'open_edits',
	'waiting_edits',
	'triton_ready',
	'open_sequences',
	'kv_tokens',
	'kv_tokens_reserved',
];
const histograms = [
	'edit_duration_seconds',
	'time_to_first_delta_seconds',
	'pass_duration_seconds',
	'queue_duration_seconds',
	'tokens_per_pass',
];

/** Samples of a page by name and labels, as they stand there. */
async function samplesOf(metrics: ServiceMetrics): Promise<ReadonlyMap<string, number>> {
	const lines = (await metrics.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'));
	return new Map(
		lines.map(line => {
			const end = line.lastIndexOf(' ');
			return [line.slice(0, end).replace(/^redraft_/, ''), Number(line.slice(end + 1))];
		}),
	);
}

function sum(samples: ReadonlyMap<string, number>, name: string): number {
	return [...samples]
		.filter(([sample]) => sample.startsWith(`${name}{`))
		.reduce((total, [, value]) => total + value, 0);
}

async function start(t: ExecutionContext, options: Partial<TargetVerifierOptions> = {}, maxOpenEdits = 8) {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode('alpha\nbeta\n```'), model.endToken];
	const verifier = new TargetVerifier({target, ...options});
	const observer = new ServiceMetrics();
	const started = await startServer(t, {model, verifier, observer, maxOpenEdits, maxRequestBytes: 4096});
	return {...started, metrics: observer, verifier};
}

test('the figures of an edit are those of its summary', async t => {
	const {client, metrics} = await start(t);
	const {started, summary} = await client.edit(request);
	const samples = await samplesOf(metrics);
	t.is(samples.get('edits_total{outcome="finished"}'), 1);
	t.is(samples.get('prompt_tokens_total'), started.promptTokens);
	t.is(sum(samples, 'output_tokens_total'), summary.outputTokens);
	t.is(sum(samples, 'draft_tokens_total'), summary.draftTokens);
	t.is(sum(samples, 'accepted_draft_tokens_total'), summary.acceptedTokens);
	t.is(samples.get('output_tokens_total{source="model"}'), summary.sources!.model);
	t.is(samples.get('output_tokens_total{source="original"}'), summary.sources!.original);
	t.is(samples.get('pass_duration_seconds_count'), summary.verifyPasses);
	t.is(samples.get('tokens_per_pass_sum'), summary.outputTokens);
	t.true(samples.get('drafts_total')! > 0 && samples.get('drafts_total')! <= summary.verifyPasses);
	t.is(samples.get('time_to_first_delta_seconds_count'), 1);
	t.is(samples.get('queue_duration_seconds_count'), 1);
});

test('edits that started are those that finished, failed, were cancelled, or are open', async t => {
	const failures = new Map([[3, new UnavailableError('the model is gone')]]);
	const failing = await start(t, {failures});
	await t.throwsAsync(failing.client.edit({...request, options: {speculation: false}}));
	const {client, metrics, admission, verifier} = await start(t, {passMs: 5}, 2);
	await client.edit(request);
	const stop = new AbortController();
	const slow = {...request, options: {speculation: false}};
	const cancelled = t.throwsAsync(client.edit(slow, {signal: stop.signal}));
	const open = client.edit(slow);
	await until(() => admission.openEdits === 2);
	t.is((await samplesOf(metrics)).get('open_edits'), 2);
	await t.throwsAsync(client.edit(request));
	stop.abort();
	await cancelled;
	await until(() => admission.openEdits === 1);
	await open;
	await until(() => verifier.openSequences === 0);
	const samples = await samplesOf(metrics);
	const outcome = (name: string) => samples.get(`edits_total{outcome="${name}"}`);
	t.deepEqual(['finished', 'failed', 'cancelled', 'refused'].map(outcome), [2, 0, 1, 1]);
	t.is(samples.get('open_edits'), 0);
	t.is(samples.get('refused_total{reason="queue_full"}'), 1);
	t.is(samples.get('edit_duration_seconds_count'), 3);
	const failed = await samplesOf(failing.metrics);
	t.is(failed.get('edits_total{outcome="failed"}'), 1);
	t.is(failed.get('open_edits'), 0);
});

test('an edit that waits is counted as waiting, and its wait when it is let in', async t => {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode('alpha\nbeta\n```'), model.endToken];
	const verifier = new GatedVerifier(new TargetVerifier({target}));
	const metrics = new ServiceMetrics();
	const limits = {maxOpenEdits: 1, maxQueuedEdits: 1};
	const {client, admission} = await startServer(t, {model, verifier, observer: metrics, ...limits});
	verifier.closeGate();
	const first = client.edit(request);
	await until(() => admission.openEdits === 1);
	const second = client.edit(request);
	let samples = await samplesOf(metrics);
	while (samples.get('waiting_edits') !== 1) {
		await delay(5);
		samples = await samplesOf(metrics);
	}

	t.is(samples.get('open_edits'), 1);
	t.is(samples.get('queue_duration_seconds_count'), 1);
	verifier.openGate();
	await Promise.all([first, second]);
	samples = await samplesOf(metrics);
	t.is(samples.get('waiting_edits'), 0);
	t.is(samples.get('queue_duration_seconds_count'), 2);
	t.is(samples.get('edits_total{outcome="finished"}'), 2);
});

test('each refusal is counted once, by its reason', async t => {
	const {client, metrics} = await start(t);
	await t.throwsAsync(client.edit({...request, original: ''}));
	await t.throwsAsync(client.edit({...request, original: 'x'.repeat(10_000)}));
	const model = await byteModel(t);
	const unready = new ServiceMetrics();
	const starting = await startServer(t, {model, verifier: undefined, observer: unready});
	await t.throwsAsync(starting.client.edit(request));
	const samples = await samplesOf(metrics);
	t.is(samples.get('refused_total{reason="invalid"}'), 1);
	t.is(samples.get('refused_total{reason="too_large"}'), 1);
	t.is(sum(samples, 'refused_total'), 2);
	t.is(samples.get('edits_total{outcome="refused"}'), 2);
	t.is((await samplesOf(unready)).get('refused_total{reason="unavailable"}'), 1);
});

test('a Triton stands in the metrics from when it is known until it is gone', async t => {
	const metrics = new ServiceMetrics();
	metrics.tritonReady('a:8001', true);
	metrics.tritonReady('b:8001', false);
	metrics.openSequences('a:8001', 3);
	metrics.kvTokens('a:8001', 700, 1000);
	metrics.kvTokens('b:8001', 0, 1000);
	metrics.tritonGone('b:8001');
	const samples = await samplesOf(metrics);
	t.is(samples.get('triton_ready{triton="a:8001"}'), 1);
	t.is(samples.get('open_sequences{triton="a:8001"}'), 3);
	t.is(samples.get('kv_tokens{triton="a:8001"}'), 1000);
	t.is(samples.get('kv_tokens_reserved{triton="a:8001"}'), 700);
	t.deepEqual(
		[...samples.keys()].filter(name => name.includes('b:8001')),
		[],
	);
});

test('every metric stands on the page with help and type before the first edit, and promtool finds nothing', async t => {
	const metrics = new ServiceMetrics();
	metrics.collectProcessMetrics();
	metrics.tritonReady('a:8001', true);
	metrics.kvTokens('a:8001', 0, 1000);
	const page = await metrics.text();
	for (const [type, names] of Object.entries({counter: counters, gauge: gauges, histogram: histograms})) {
		for (const name of names) {
			t.regex(page, new RegExp(`^# HELP redraft_${name} \\S.+\\.$`, 'm'));
			t.true(page.includes(`# TYPE redraft_${name} ${type}\n`), name);
			t.true(page.includes(`\nredraft_${name}${type === 'histogram' ? '_bucket' : ''}`), name);
		}
	}

	t.true(page.includes('nodejs_eventloop_lag_p99_seconds'));
	t.is((await checkMetrics(t, page)) ?? '', '');
});
