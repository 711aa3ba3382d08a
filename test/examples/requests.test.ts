import {execFile} from 'node:child_process';
import {chmod, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import type {LineOperation} from '../../src/edit/diff/line-operation.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {temporaryFolder} from '../helpers/certificates.ts';
import {readJsonValues} from '../helpers/json-values.ts';
import {applyOperations} from '../helpers/line-operations.ts';
import {startServer} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';
import {serveHttp} from '../http/serve.ts';

const run = promisify(execFile);
const original = 'a = 1\nb = 2\n';
const edited = 'a = 1\nb = 3\n';
const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

test('every line of examples/curl.sh gets its answer from the HTTP port', async t => {
	const {baseURL} = await serveHttp(t, `${edited}\`\`\``);
	const {stdout} = await run('bash', [pathOf('../../examples/curl.sh'), baseURL.replace('/v1', '')]);
	const [bodies, ...streams] = stdout.split(/^(?=data: )/m).filter(part => part !== '');
	const [models, merged, applied] = readJsonValues(bodies!) as [
		{data: {id: string}[]},
		{choices: {message: {content: string}}[]},
		{mergedCode: string},
	];
	t.is(models.data[0]!.id, 'smollm2-135m-instruct');
	t.is(merged.choices[0]!.message.content, edited);
	t.is(applied.mergedCode, edited);
	const events = streams.map(event => event.trim().slice('data: '.length));
	const end = events.indexOf('[DONE]');
	const chunks = events.slice(0, end).map(event => JSON.parse(event));
	t.is(chunks.map(({choices}) => choices[0]?.delta.content ?? '').join(''), `${edited}\`\`\``);
	t.true(chunks.at(-1).usage.completion_tokens_details.accepted_prediction_tokens > 0);
	const messages = events.slice(end + 1).map(event => JSON.parse(event));
	const operations = messages.flatMap(message => message.operations ?? []) as LineOperation[];
	t.is(applyOperations(original, operations), edited);
});

/** Environment with grpcurl: the machine's own, else one that does the same. */
async function withGrpcurl(t: ExecutionContext): Promise<NodeJS.ProcessEnv> {
	const hasOwn = await run('bash', ['-c', 'command -v grpcurl']).then(
		() => true,
		() => false,
	);
	if (hasOwn) {
		return process.env;
	}

	const folder = await temporaryFolder(t);
	const program = path.join(folder, 'grpcurl');
	await writeFile(
		program,
		`#!/bin/sh\nexec "$REDRAFT_TEST_PYTHON" '${pathOf('../helpers/grpcurl.py')}' "$@"\n`,
	);
	await chmod(program, 0o755);
	return {...process.env, PATH: `${folder}:${process.env.PATH}`};
}

/** Versions of grpcurl differ in how they write the names of fields. */
const withCamelCase = (json: string) =>
	json.replaceAll(/"\w+": /g, key => key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));

test('every line of examples/grpcurl.sh gets its answer from the gRPC port', async t => {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode(`${edited}\`\`\``), model.endToken];
	const {address, server} = await startServer(t, {model, verifier: new TargetVerifier({target})});
	server.setServing(true);
	const script = pathOf('../../examples/grpcurl.sh');
	const {stdout} = await run('bash', [script, address], {env: await withGrpcurl(t)});
	const start = stdout.indexOf('{');
	t.true(stdout.slice(0, start).split('\n').includes('redraft.v1.Redraft'));
	const messages = readJsonValues(withCamelCase(stdout.slice(start))) as {
		status?: string;
		started?: object;
		delta?: {text?: string; operations?: LineOperation[]};
		summary?: {finishReason: string};
	}[];
	t.is(messages[0]!.status, 'SERVING');
	const isEnd = ({summary}: (typeof messages)[number]) => summary !== undefined;
	const end = messages.findIndex(isEnd) + 1;
	for (const edit of [messages.slice(1, end), messages.slice(end)]) {
		t.truthy(edit[0]!.started);
		t.is(edit.map(({delta}) => delta?.text ?? '').join(''), edited);
		t.is(edit.at(-1)!.summary?.finishReason, 'FINISH_REASON_FENCE_CLOSED');
	}

	const operations = messages.slice(0, end).flatMap(({delta}) => delta?.operations ?? []);
	t.is(applyOperations(original, operations), edited);
});
