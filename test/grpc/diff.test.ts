import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import type {LineOperation} from '../../src/edit/diff/line-operation.ts';
import type {ApplyEditRequest, EditDelta} from '../../src/grpc/client.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {applyOperations} from '../helpers/line-operations.ts';
import {startServer} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

/** A server whose model answers with a text, and ends. */
async function serve(t: ExecutionContext, answer: string) {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode(answer), model.endToken];
	return startServer(t, {model, verifier: new TargetVerifier({target})});
}

const operationsOf = (deltas: readonly EditDelta[]) =>
	deltas.flatMap(({operations}) => operations) as readonly LineOperation[];

const cases: readonly (readonly [name: string, original: string, answer: string, edited: string])[] = [
	['changed lines', 'a\nb\nc\n', 'a\nB\nc\n```', 'a\nB\nc\n'],
	['CRLF and a byte order mark', '\uFEFFa\r\nb\r\nc', '\ufeffa\nnew\nc\n```', '\uFEFFa\r\nnew\r\nc'],
	['mixed endings', 'a\r\nb\nc\rd', 'a\nb\nx\nc\nd\n```', 'a\r\nb\nx\nc\rd'],
	['a file of which nothing is left', 'a\nb\n', '```', ''],
	['an answer that stays open', 'a\nb\nc\n', 'a\nx', 'a\nx'],
];

for (const [name, original, answer, edited] of cases) {
	test(`with include_diff the operations turn the file into its edit: ${name}`, async t => {
		const {client} = await serve(t, answer);
		for (const speculation of [true, false]) {
			const request: ApplyEditRequest = {
				original,
				instruction: 'Edit it.',
				options: {includeDiff: true, speculation},
			};
			const deltas: EditDelta[] = [];
			const {text} = await client.edit(request, {onDelta: delta => deltas.push(delta)});
			t.is(text, edited);
			t.is(applyOperations(original, operationsOf(deltas)), edited);
		}
	});
}

test('operations come while the text arrives, and none without include_diff', async t => {
	const original = Array.from({length: 40}, (_, index) => `line ${index}\n`).join('');
	const {client} = await serve(t, `${original.replace('line 20', 'LINE 20')}\`\`\``);
	const request = {original, instruction: 'Write 20 in capitals.'};
	const deltas: EditDelta[] = [];
	const onDelta = (delta: EditDelta) => deltas.push(delta);
	await client.edit({...request, options: {includeDiff: true}}, {onDelta});
	t.deepEqual(deltas.find(({operations}) => operations.length > 0)!.operations[0]!.operation, 'keepLines');
	t.true(deltas.filter(({operations}) => operations.length > 0).length > 3);
	deltas.length = 0;
	await client.edit(request, {onDelta});
	t.true(deltas.length > 0 && deltas.every(({operations}) => operations.length === 0));
});

test('for any file and answer the operations sum up to the text that was streamed', async t => {
	const line = fc.constantFrom('', 'a', 'b', '}', 'é🙂', 'x = 1');
	const file = fc
		.tuple(fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), {minLength: 1, maxLength: 12}), line)
		.map(([lines, last]) => lines.flat().join('') + last);
	await fc.assert(
		fc.asyncProperty(file, file, async (original, answer) => {
			const {client} = await serve(t, answer);
			const deltas: EditDelta[] = [];
			const options = {includeDiff: true, maxOutputTokens: 60};
			const request = {original, instruction: 'Edit it.', options};
			const {text} = await client.edit(request, {onDelta: delta => deltas.push(delta)});
			t.is(applyOperations(original, operationsOf(deltas)), text);
		}),
		{numRuns: 40},
	);
});
