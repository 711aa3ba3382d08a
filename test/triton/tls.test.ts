import {readFile} from 'node:fs/promises';
import {
	type Metadata,
	Server,
	ServerCredentials,
	type ServerUnaryCall,
	type sendUnaryData,
	status,
} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {type CertificateFiles, openCertificates} from '../../src/access/certificates.ts';
import {loadProto} from '../../src/protos/load-proto.ts';
import {inScope} from '../../src/telemetry/edit-scope.ts';
import {channelCredentials} from '../../src/triton/credentials.ts';
import {TritonClient} from '../../src/triton/triton-client.ts';
import {TestAuthority, temporaryFolder} from '../helpers/certificates.ts';

const limits = {timeoutMs: 5000};

/** Answers as Triton does behind TLS; asks for a certificate of the authority where `isMutual`. */
async function startSecureTriton(t: ExecutionContext, {isMutual}: {isMutual: boolean}) {
	const authority = await TestAuthority.create(await temporaryFolder(t), 'authority');
	const {certFile, keyFile} = await authority.sign('triton');
	const [ca, certificate, key] = await Promise.all(
		[authority.caFile, certFile, keyFile].map(file => readFile(file)),
	);
	const server = new Server();
	const received: Metadata[] = [];
	server.addService(loadProto('inference.proto')['inference.GRPCInferenceService'] as never, {
		modelReady: (_call: unknown, answer: sendUnaryData<object>) => answer(null, {ready: true}),
		modelInfer: (call: ServerUnaryCall<object, object>, answer: sendUnaryData<object>) => {
			received.push(call.metadata);
			answer(null, {});
		},
	});
	const pair = {private_key: key!, cert_chain: certificate!};
	const credentials = ServerCredentials.createSsl(ca!, [pair], isMutual);
	const port = await new Promise<number>((resolve, reject) => {
		server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
	});
	t.teardown(() => server.forceShutdown());
	return {authority, received, address: `127.0.0.1:${port}`};
}

async function reach(t: ExecutionContext, address: string, files: CertificateFiles, serverName?: string) {
	const certificates = await openCertificates(files, 10);
	const client = new TritonClient(address, 1 << 20, channelCredentials(certificates, serverName));
	t.teardown(() => {
		client.close();
		certificates.close();
	});
	return client;
}

test('Triton is reached by TLS where its certificate is of the authority', async t => {
	const {authority, address} = await startSecureTriton(t, {isMutual: false});
	const stranger = await TestAuthority.create(await temporaryFolder(t), 'stranger');
	const client = await reach(t, address, {caFile: authority.caFile});
	t.true(await client.isModelReady('verifier', limits));
	const other = await reach(t, address, {caFile: stranger.caFile});
	t.like(await t.throwsAsync(other.isModelReady('verifier', limits)), {code: status.UNAVAILABLE});
});

test('Triton that asks for a certificate is shown one', async t => {
	const {authority, address} = await startSecureTriton(t, {isMutual: true});
	const files = {...(await authority.sign('gateway')), caFile: authority.caFile};
	t.true(await (await reach(t, address, files)).isModelReady('verifier', limits));
	const bare = await reach(t, address, {caFile: authority.caFile});
	t.like(await t.throwsAsync(bare.isModelReady('verifier', limits)), {code: status.UNAVAILABLE});
});

test('the certificate must be for the name that the address was resolved from', async t => {
	const {authority, address} = await startSecureTriton(t, {isMutual: false});
	const named = await reach(t, address, {caFile: authority.caFile}, 'localhost');
	t.true(await named.isModelReady('verifier', limits));
	const other = await reach(t, address, {caFile: authority.caFile}, 'triton.example');
	t.like(await t.throwsAsync(other.isModelReady('verifier', limits)), {code: status.UNAVAILABLE});
});

test('a step is sent in the trace of its edit, and in none outside of an edit', async t => {
	const {authority, address, received} = await startSecureTriton(t, {isMutual: false});
	const client = await reach(t, address, {caFile: authority.caFile});
	const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
	const scope = {editId: 'e1', traceId: undefined, traceHeaders: () => ({traceparent})};
	const infer = () => client.infer({modelName: 'verifier'}, limits);
	async function* step(): AsyncGenerator<unknown, void> {
		yield await infer();
	}

	for await (const _ of inScope(scope, step())) {
		await infer();
	}

	t.deepEqual(
		received.map(metadata => metadata.get('traceparent')),
		[[traceparent], []],
	);
});
