import {isUtf8} from 'node:buffer';
import type {MethodDefinition} from '@grpc/proto-loader';
import protobuf from 'protobufjs/minimal.js';

const lengthDelimited = 2;

/** Set on a request whose field holds bytes that are not UTF-8: protobuf for JavaScript would hide them. */
export const invalidUtf8Field = Symbol('invalid UTF-8 field');

/**
 * The same method, with the string fields of its requests checked. A bad field is marked on the request and
 * not thrown, because gRPC answers an exception at this place with INTERNAL.
 * @param fields number and name of each string field
 */
export function withUtf8Check<Method extends MethodDefinition<object, object>>(
	method: Method,
	fields: ReadonlyMap<number, string>,
): Method {
	const requestDeserialize = (bytes: Buffer) => {
		const request = method.requestDeserialize(bytes) as Record<symbol, unknown>;
		const field = findInvalid(bytes, fields);
		return field === undefined ? request : {...request, [invalidUtf8Field]: field};
	};
	return {...method, requestDeserialize};
}

function findInvalid(bytes: Buffer, fields: ReadonlyMap<number, string>): string | undefined {
	const reader = protobuf.Reader.create(bytes);
	while (reader.pos < reader.len) {
		const tag = reader.uint32();
		const field = fields.get(tag >>> 3);
		if (field === undefined || (tag & 7) !== lengthDelimited) {
			reader.skipType(tag & 7);
		} else if (!isUtf8(reader.bytes())) {
			return field;
		}
	}

	return undefined;
}
