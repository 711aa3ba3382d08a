/**
 * Whole edits by Redraft beside other programs on the same weights, without an adapter: tokens per second of a whole
 * request, its prompt included. Every program writes as many tokens as Redraft did.
 *   npm run bench:peers [-- --model qwen2.5-coder-0.5b-instruct] [--rounds 3] [--json]
 */
import {readFile} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {readConfig} from '../../src/config.ts';
import {buildPrompt} from '../../src/edit/prompt.ts';
import {ensureBuiltinModel} from '../../src/embedded/builtin-model.ts';
import {ensurePythonEnvironment} from '../../src/embedded/python/python-environment.ts';
import type {RedraftClient} from '../../src/grpc/client.ts';
import {loadModel} from '../../src/model/loaded-model.ts';
import {withOwnService} from '../../src/own-service.ts';
import {startLlamaCpp} from './llama-cpp-peer.ts';
import type {Peer} from './peer.ts';
import {startTransformers} from './transformers-peer.ts';
import {weightsFile} from './weights-file.ts';

const {values} = parseArgs({
	options: {
		model: {type: 'string', default: 'qwen2.5-coder-0.5b-instruct'},
		rounds: {type: 'string', default: '3'},
		json: {type: 'boolean', default: false},
	},
});

const edits = [
	{file: 'settings.py', language: 'python', instruction: 'Change `DEFAULT_RETRIES` to 5.'},
	{
		file: 'text-helpers.ts',
		language: 'typescript',
		instruction: 'Rename the function `countWords` to `countEachWord`.',
	},
	{
		file: 'job-queue.ts',
		language: 'typescript',
		instruction: 'Rename the option `retryDelayMs` to `firstRetryDelayMs`.',
	},
];

interface Work {
	readonly prompt: readonly number[];
	readonly request: {original: string; instruction: string; language: string};
}

/** Milliseconds and tokens of all edits together. */
interface Total {
	elapsedMs: number;
	numTokens: number;
}

const totals = new Map<string, Total>();

function count(name: string, elapsedMs: number, numTokens: number): void {
	const total = totals.get(name) ?? {elapsedMs: 0, numTokens: 0};
	totals.set(name, {elapsedMs: total.elapsedMs + elapsedMs, numTokens: total.numTokens + numTokens});
}

async function runOurs(client: RedraftClient, {request}: Work, speculation: boolean): Promise<number> {
	const began = performance.now();
	const {summary} = await client.edit({...request, options: {speculation}});
	count(
		speculation ? 'Redraft' : 'Redraft, one token a pass',
		performance.now() - began,
		summary.outputTokens,
	);
	return summary.outputTokens;
}

async function runRound(client: RedraftClient, peers: readonly Peer[], work: readonly Work[]): Promise<void> {
	for (const one of work) {
		const numTokens = await runOurs(client, one, true);
		await runOurs(client, one, false);
		for (const peer of peers) {
			const {elapsedMs, tokens} = await peer.run({prompt: one.prompt, numTokens});
			count(peer.name, elapsedMs, tokens.length);
		}

		console.error(`${one.prompt.length} tokens of prompt, ${numTokens} written`);
	}
}

const onProgress = (line: string) => console.error(line);
const {cacheDirectory} = readConfig({});
const {python} = await ensurePythonEnvironment({cacheDirectory, onProgress});
const modelDirectory = await ensureBuiltinModel({model: values.model, python, cacheDirectory, onProgress});
const model = await loadModel(values.model, modelDirectory);
const work = await Promise.all(
	edits.map(async ({file, language, instruction}): Promise<Work> => {
		const original = await readFile(new URL(`../../examples/files/${file}`, import.meta.url), 'utf8');
		const {tokens} = buildPrompt(model.tokenizer, model.preset, {original, instruction, language});
		return {prompt: tokens, request: {original, instruction, language}};
	}),
);
const folder = join(cacheDirectory, 'bench');
const gguf = await weightsFile(python, values.model, join(folder, values.model));
const threads = availableParallelism();
const peers = [
	...(await startTransformers({python, modelDirectory, dtype: 'float32'})),
	...(await startTransformers({python, modelDirectory, dtype: 'bfloat16'})),
	...(await startLlamaCpp({folder: join(folder, 'llama-cpp'), gguf, contextTokens: 8192, threads})),
];
const variables = {...process.env, REDRAFT_MODEL: values.model, REDRAFT_ADAPTER_DIR: 'none'};
const options = {
	variables,
	onProgress,
	signal: new AbortController().signal,
};
try {
	await withOwnService(options, async client => {
		for (let round = 0; round < Number(values.rounds); round++) {
			await runRound(client, peers, work);
		}
	});
} finally {
	await Promise.all(peers.map(peer => peer.stop()));
}

const rows = [...totals].map(([name, {elapsedMs, numTokens}]) => ({
	name,
	tokensPerSecond: Number(((1000 * numTokens) / elapsedMs).toFixed(1)),
}));
console.table(rows);
if (values.json) {
	console.log(JSON.stringify({model: values.model, rounds: Number(values.rounds), threads, rows}));
}
