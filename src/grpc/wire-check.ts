import {isUtf8} from 'node:buffer';
import type {MessageTypeDefinition, MethodDefinition, PackageDefinition} from '@grpc/proto-loader';
import protobuf from 'protobufjs/minimal.js';

/** Set on a request whose field holds bytes that are not UTF-8: protobuf for JavaScript would hide them. */
export const invalidUtf8Field = Symbol('invalid UTF-8 field');

/** A field as descriptors tell of it. */
interface Field {
	readonly name: string;
	readonly number: number;
	readonly type: string;
	readonly typeName: string;
}

/** How fields of each type are written; all others are varints. */
const wireTypes: Readonly<Record<string, number>> = {
	TYPE_DOUBLE: 1,
	TYPE_FIXED64: 1,
	TYPE_SFIXED64: 1,
	TYPE_STRING: 2,
	TYPE_BYTES: 2,
	TYPE_MESSAGE: 2,
	TYPE_FLOAT: 5,
	TYPE_FIXED32: 5,
	TYPE_SFIXED32: 5,
};

/**
 * The same method, whose requests are read strictly. protobuf for JavaScript takes a field for what it expects there,
 * however it is written, and replaces bytes that are not UTF-8. A field with such bytes is marked on the request, to be
 * refused by its name.
 * @param definition the method's package with the field names of the proto
 */
export function withWireCheck<Method extends MethodDefinition<object, object>>(
	method: Method,
	definition: PackageDefinition,
): Method {
	const {name} = method.requestType.type as {name: string};
	const requestDeserialize = (bytes: Buffer) => {
		const field = findInvalid(bytes, name, definition);
		const request = method.requestDeserialize(bytes) as Record<symbol, unknown>;
		return field === undefined ? request : {...request, [invalidUtf8Field]: field};
	};
	return {...method, requestDeserialize};
}

/**
 * Name of the first string field that is not UTF-8.
 * @throws {Error} the bytes are no message, or a field is not written as its type is
 */
function findInvalid(bytes: Uint8Array, message: string, definition: PackageDefinition): string | undefined {
	const fields = fieldsOf(message, definition);
	const reader = protobuf.Reader.create(bytes);
	while (reader.pos < reader.len) {
		const tag = reader.uint32();
		const field = fields.get(tag >>> 3);
		const wireType = tag & 7;
		if (field && wireType !== (wireTypes[field.type] ?? 0)) {
			throw new Error(`${field.name}: expected wire type ${wireTypes[field.type] ?? 0}, got ${wireType}`);
		}

		if (field?.type === 'TYPE_STRING' && !isUtf8(reader.bytes())) {
			return field.name;
		}

		if (field?.type === 'TYPE_MESSAGE') {
			const inner = findInvalid(reader.bytes(), field.typeName, definition);
			if (inner !== undefined) {
				return `${field.name}.${inner}`;
			}
		} else if (field?.type !== 'TYPE_STRING') {
			reader.skipType(wireType);
		}
	}

	return undefined;
}

function fieldsOf(message: string, definition: PackageDefinition): ReadonlyMap<number, Field> {
	const [, entry] = Object.entries(definition).find(([name]) => name.endsWith(`.${message}`))!;
	const {field} = (entry as MessageTypeDefinition<object, object>).type as {field: readonly Field[]};
	return new Map(field.map(one => [one.number, one]));
}
