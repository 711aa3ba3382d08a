import {fileURLToPath} from 'node:url';
import * as protoLoader from '@grpc/proto-loader';

const directory = fileURLToPath(new URL('../../protos/', import.meta.url));

/** Reads a file of `protos/`. Field names become camelCase, 64-bit integers strings, enums their names. */
export function loadProto(file: string): protoLoader.PackageDefinition {
	return protoLoader.loadSync(file, {
		includeDirs: [directory],
		longs: String,
		enums: String,
		defaults: true,
		oneofs: true,
	});
}
