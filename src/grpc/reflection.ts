import type {PackageDefinition} from '@grpc/proto-loader';
import {ReflectionService} from '@grpc/reflection';
import {protoPath as healthProto} from 'grpc-health-check';
import descriptor, {type IFileDescriptorProto} from 'protobufjs/ext/descriptor/index.js';
import {loadProto} from '../protos/load-proto.ts';

/** Names of the files by package, as clients know them. */
const fileNames: Readonly<Record<string, string>> = {
	'redraft.v1': 'redraft/v1/redraft.proto',
	'grpc.health.v1': 'grpc/health/v1/health.proto',
};

/** Reflection over the services of this port, with the names that their protos have. */
export function createReflection(): ReflectionService {
	const [redraft, health] = ['redraft/v1/redraft.proto', healthProto].map(file =>
		withOwnNames(loadProto(file, {keepCase: true})),
	);
	return new ReflectionService({...redraft, ...health});
}

/** The loader names files after packages, and makes a oneof of each optional field without saying so. */
function withOwnNames(definition: PackageDefinition): PackageDefinition {
	const entries = Object.entries(definition).map(([name, entry]) => {
		const {fileDescriptorProtos: files} = entry;
		return [name, Array.isArray(files) ? {...entry, fileDescriptorProtos: files.map(rewrite)} : entry];
	});
	return Object.fromEntries(entries) as PackageDefinition;
}

function rewrite(bytes: Buffer): Buffer {
	const file = descriptor.FileDescriptorProto.decode(bytes) as unknown as IFileDescriptorProto;
	for (const {field = [], oneofDecl = []} of file.messageType ?? []) {
		for (const one of field ?? []) {
			const isOptional = 'oneofIndex' in one && oneofDecl?.[one.oneofIndex!]?.name === `_${one.name}`;
			Object.assign(one, isOptional && {proto3Optional: true});
		}
	}

	const name = fileNames[file.package ?? ''] ?? file.name;
	return Buffer.from(descriptor.FileDescriptorProto.encode({...file, name}).finish());
}
