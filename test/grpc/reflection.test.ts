import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {Client, credentials, type ServiceError} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import {byteModel} from '../helpers/byte-model.ts';
import {readJsonValues} from '../helpers/json-values.ts';
import {startServer} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

const reflection = protobuf.parse(
	`
	syntax = "proto3";
	message Request {
		string file_by_filename = 3;
		string file_containing_symbol = 4;
		string list_services = 7;
	}
	message Response {
		Files file_descriptor_response = 4;
		Services list_services_response = 6;
	}
	message Files { repeated bytes file_descriptor_proto = 1; }
	message Services { repeated Service service = 1; }
	message Service { string name = 1; }
`,
	{keepCase: true},
).root;
const [Request, Response] = ['Request', 'Response'].map(name => reflection.lookupType(name)) as [
	protobuf.Type,
	protobuf.Type,
];

interface ReflectionAnswer {
	readonly file_descriptor_response?: {readonly file_descriptor_proto: readonly Uint8Array[]};
	readonly list_services_response?: {readonly service: readonly {readonly name: string}[]};
}

const bytesOf = (sent: Uint8Array) => Buffer.from(sent);

/** A client that knows nothing but the address. */
async function connect(t: ExecutionContext): Promise<Client> {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode('b\n```'), model.endToken];
	const {address} = await startServer(t, {model, verifier: new TargetVerifier({target})});
	const client = new Client(address, credentials.createInsecure());
	t.teardown(() => client.close());
	return client;
}

function ask(client: Client, request: object): Promise<ReflectionAnswer> {
	return new Promise((resolve, reject) => {
		const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
		const call = client.makeBidiStreamRequest(path, bytesOf, bytesOf);
		call.on('error', (error: ServiceError) => reject(error));
		call.on('data', (bytes: Buffer) => {
			resolve(Response.toObject(Response.decode(bytes)) as ReflectionAnswer);
			call.end();
		});
		call.write(Request.encode(Request.create(request)).finish());
	});
}

async function filesOf(client: Client, request: object): Promise<descriptor.IFileDescriptorProto[]> {
	const {file_descriptor_response: files} = await ask(client, request);
	return files!.file_descriptor_proto.map(
		bytes => descriptor.FileDescriptorProto.decode(bytes) as unknown as descriptor.IFileDescriptorProto,
	);
}

test('all services are listed', async t => {
	const {list_services_response: list} = await ask(await connect(t), {list_services: '*'});
	const names = list!.service.map(({name}) => name);
	t.true(names.includes('redraft.v1.Redraft') && names.includes('grpc.health.v1.Health'));
});

test('files have the names that clients know them by', async t => {
	const client = await connect(t);
	const [redraft] = await filesOf(client, {file_containing_symbol: 'redraft.v1.Redraft'});
	t.is(redraft!.name, 'redraft/v1/redraft.proto');
	const [health] = await filesOf(client, {file_containing_symbol: 'grpc.health.v1.Health'});
	t.is(health!.name, 'grpc/health/v1/health.proto');
	t.like((await filesOf(client, {file_by_filename: 'redraft/v1/redraft.proto'}))[0], {package: 'redraft.v1'});
});

test('fields have the names of the proto, and optional ones say so', async t => {
	const [file] = await filesOf(await connect(t), {file_containing_symbol: 'redraft.v1.EditOptions'});
	const options = file!.messageType!.find(({name}) => name === 'EditOptions')!;
	const names = [
		'max_output_tokens',
		'max_draft_tokens',
		'speculation',
		'include_token_ids',
		'include_provenance',
	];
	t.deepEqual(
		options.field!.slice(0, 5).map(({name}) => name),
		names,
	);
	const optional = options.field!.filter(field => (field as {proto3Optional?: boolean}).proto3Optional);
	t.deepEqual(
		optional.map(({name}) => name),
		['speculation'],
	);
});

test('a client that builds its messages from reflection alone runs an edit', async t => {
	const client = await connect(t);
	const files = await filesOf(client, {file_containing_symbol: 'redraft.v1.Redraft'});
	const {fromDescriptor} = protobuf.Root as unknown as {fromDescriptor(set: object): protobuf.Root};
	const root = fromDescriptor({file: files}).resolveAll();
	const [Edit, Event] = ['ApplyEditRequest', 'ApplyEditResponse'].map(name =>
		root.lookupType(`redraft.v1.${name}`),
	) as [protobuf.Type, protobuf.Type];
	const request = Edit.encode(
		Edit.fromObject({original: 'a\n', instruction: 'Make it b.', options: {max_output_tokens: 6}}),
	).finish();
	const events = await new Promise<{delta?: {text: string}; summary?: {finish_reason: string}}[]>(
		(resolve, reject) => {
			const all: object[] = [];
			const call = client.makeServerStreamRequest('/redraft.v1.Redraft/ApplyEdit', bytesOf, bytesOf, request);
			call.on('data', (bytes: Buffer) => all.push(Event.toObject(Event.decode(bytes), {enums: String})));
			call.on('error', reject);
			call.on('end', () => resolve(all));
		},
	);
	t.is(events.map(({delta}) => delta?.text ?? '').join(''), 'b\n');
	t.is(events.at(-1)?.summary?.finish_reason, 'FINISH_REASON_FENCE_CLOSED');
});

test("Python's reflection client runs an edit in the names of the proto", async t => {
	const python = process.env.REDRAFT_TEST_PYTHON;
	if (python === undefined) {
		t.fail('REDRAFT_TEST_PYTHON: expected the interpreter of the project, got nothing; run npm test');
		return;
	}

	const model = await byteModel(t);
	const target = [...model.tokenizer.encode('b\n```'), model.endToken];
	const {address} = await startServer(t, {model, verifier: new TargetVerifier({target})});
	const request = {original: 'a\n', instruction: 'Make it b.', options: {max_output_tokens: 6}};
	const script = fileURLToPath(new URL('../helpers/grpcurl.py', import.meta.url));
	const method = 'redraft.v1.Redraft/ApplyEdit';
	const args = [script, '-plaintext', '-d', JSON.stringify(request), address, method];
	const {stdout} = await promisify(execFile)(python, args);
	const events = readJsonValues(stdout) as Record<string, object>[];
	t.true(Number((events[0]!.started as {prompt_tokens: number}).prompt_tokens) > 0);
	t.is(events.map(({delta}) => (delta as {text?: string})?.text ?? '').join(''), 'b\n');
	t.like(events.at(-1)!.summary, {finish_reason: 'FINISH_REASON_FENCE_CLOSED'});
});
