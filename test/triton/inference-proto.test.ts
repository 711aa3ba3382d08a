import {execFileSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import protobuf from 'protobufjs';

type Field = [number: number, type: string, isRepeated: boolean];
interface Descriptors {
	messages: Record<string, Record<string, Field>>;
	methods: Record<string, [input: string, output: string]>;
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

function ours(): Descriptors {
	const root = protobuf.loadSync(path('../../protos/inference.proto')).resolveAll();
	const found: Descriptors = {messages: {}, methods: {}};
	collect(root, found);
	return found;
}

function collect(namespace: protobuf.NamespaceBase, found: Descriptors): void {
	for (const entry of namespace.nestedArray) {
		if (entry instanceof protobuf.Type) {
			found.messages[nameOf(entry)] = Object.fromEntries(
				entry.fieldsArray.map(field => [snakeCase(field.name), describe(field)]),
			);
		} else if (entry instanceof protobuf.Service) {
			for (const method of entry.methodsArray) {
				found.methods[method.name] = [
					nameOf(method.resolvedRequestType!),
					nameOf(method.resolvedResponseType!),
				];
			}
		}

		if (entry instanceof protobuf.Namespace) {
			collect(entry, found);
		}
	}
}

function describe(field: protobuf.Field): Field {
	if (field instanceof protobuf.MapField) {
		const entry = `${field.name[0]!.toUpperCase()}${field.name.slice(1)}Entry`;
		return [field.id, `${nameOf(field.parent!)}.${entry}`, true];
	}

	return [field.id, field.resolvedType ? nameOf(field.resolvedType) : field.type, field.repeated];
}

function nameOf(entry: protobuf.ReflectionObject): string {
	return entry.fullName.slice(1);
}

function snakeCase(name: string): string {
	return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

test('no field, type or method of the hand-written protocol differs from those of tritonclient', t => {
	const python = process.env.REDRAFT_TEST_PYTHON;
	if (python === undefined) {
		t.fail('REDRAFT_TEST_PYTHON: expected the interpreter of the project, got nothing; run npm test');
		return;
	}

	const theirs = JSON.parse(
		execFileSync(python, [path('../oracle/print_triton_descriptors.py')], {encoding: 'utf8'}),
	) as Descriptors;
	const {messages, methods} = ours();
	t.true(Object.keys(messages).length >= 14);
	for (const [message, fields] of Object.entries(messages)) {
		for (const [field, description] of Object.entries(fields)) {
			t.deepEqual(description, theirs.messages[message]?.[field], `${message}.${field}`);
		}
	}

	for (const [method, types] of Object.entries(methods)) {
		t.deepEqual(types, theirs.methods[method], method);
	}
});
