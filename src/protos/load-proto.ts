import {fileURLToPath} from 'node:url';
import * as protoLoader from '@grpc/proto-loader';

const directory = fileURLToPath(new URL('../../protos/', import.meta.url));

/**
 * Reads a file of `protos/`, or another one by its whole path. 64-bit integers become strings, enums their names.
 * @param keepCase field names stay as the file has them; otherwise they become camelCase
 */
export function loadProto(file: string, {keepCase = false} = {}): protoLoader.PackageDefinition {
	return protoLoader.loadSync(file, {
		includeDirs: [directory],
		keepCase,
		longs: String,
		enums: String,
		defaults: true,
		oneofs: true,
	});
}
