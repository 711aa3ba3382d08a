import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {credentials, loadPackageDefinition, Metadata} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {UnavailableError} from '../../src/errors/errors.ts';
import type {ProtoGrpcType} from '../../src/protos/generated/redraft.ts';
import {loadProto} from '../../src/protos/load-proto.ts';
import {startTracing} from '../../src/telemetry/tracing/start-tracing.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {type OtlpReceiver, startOtlpReceiver} from '../helpers/otlp-receiver.ts';
import {startServer} from '../helpers/start-server.ts';
import {TargetVerifier, type TargetVerifierOptions} from '../helpers/target-verifier.ts';

const loader = fileURLToPath(new URL('tracing-loader.ts', import.meta.url));
const request = {original: 'alpha\nbeta\n', instruction: 'Change nothing.', options: {speculation: false}};
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerSpan = '00f067aa0ba902b7';

process.env.OTEL_RESOURCE_ATTRIBUTES = 'deployment.environment.name=test';

async function startTraced(
	t: ExecutionContext,
	receiver: OtlpReceiver,
	options: Partial<TargetVerifierOptions> = {},
) {
	const tracing = await startTracing({endpoint: receiver.endpoint, serviceName: 'redraft-test'});
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode('alpha\nbeta\n```'), model.endToken];
	const verifier = new TargetVerifier({target, ...options});
	const {observer} = tracing!;
	return {...(await startServer(t, {model, verifier, observer})), tracing: tracing!};
}

/** Runs an edit as a caller that is traced itself. */
async function editInTrace(t: ExecutionContext, address: string): Promise<void> {
	const definition = loadProto('redraft/v1/redraft.proto');
	const {redraft} = loadPackageDefinition(definition) as unknown as ProtoGrpcType;
	const stub = new redraft.v1.Redraft(address, credentials.createInsecure());
	t.teardown(() => stub.close());
	const metadata = new Metadata();
	metadata.set('traceparent', `00-${traceId}-${callerSpan}-01`);
	for await (const _ of stub.applyEdit(request, metadata)) {
		// To its end.
	}
}

test('an edit, its prefill and each further pass are spans in the trace of the caller', async t => {
	const receiver = await startOtlpReceiver(t);
	const {address, tracing} = await startTraced(t, receiver);
	await editInTrace(t, address);
	await tracing.stop();
	const [edit] = receiver.spans.filter(span => span.name === 'edit');
	const steps = receiver.spans.filter(span => span.name !== 'edit');
	t.like(edit, {traceId, parentSpanId: callerSpan, kind: 2});
	t.is(edit!.attributes['redraft.outcome'], 'finished');
	t.is(edit!.attributes['redraft.passes'], steps.length);
	t.is(steps.filter(({name}) => name === 'prefill').length, 1);
	t.true(steps.length > 1 && steps.every(step => step.traceId === traceId));
	t.true(steps.every(({parentSpanId}) => parentSpanId === edit!.spanId));
	const emitted = steps.map(({attributes}) => Number(attributes['redraft.output_tokens']));
	t.true(emitted.every(count => count > 0));
	t.like(edit!.resource, {'service.name': 'redraft-test', 'deployment.environment.name': 'test'});
});

test('an edit that fails is an error in its trace, without a word of the caller', async t => {
	const receiver = await startOtlpReceiver(t);
	const failures = new Map([[1, new UnavailableError('the model is gone')]]);
	const {client, tracing} = await startTraced(t, receiver, {failures});
	await t.throwsAsync(client.edit(request));
	await tracing.stop();
	const [edit] = receiver.spans.filter(span => span.name === 'edit');
	t.is(edit!.status?.code, 2);
	t.like(edit!.attributes, {'redraft.outcome': 'failed', 'error.type': 'UnavailableError'});
	t.false(JSON.stringify(receiver.spans).includes('alpha'));
});

test('a receiver that is gone costs no edit, and the stop does not wait for it', async t => {
	const receiver = {endpoint: 'http://127.0.0.1:9', spans: []};
	const {client, tracing} = await startTraced(t, receiver);
	t.is((await client.edit(request)).text, 'alpha\nbeta\n');
	await t.notThrowsAsync(tracing.stop());
});

test('without an endpoint nothing of the SDK is loaded', async t => {
	const load = async (endpoint: string) => {
		const {stdout} = await promisify(execFile)(process.execPath, ['--import=tsx/esm', loader, endpoint]);
		return Number(stdout);
	};
	t.is(await load(''), 0);
	t.true((await load('http://127.0.0.1:9')) > 0);
});
