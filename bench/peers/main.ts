/**
 * Whole edits by Redraft beside other programs on the same weights, one at a time and several at once. Every program
 * writes as many tokens as Redraft did, and reads each prompt anew.
 *   npm run bench:peers -- [--model NAME] [--edits 3] [--rounds 2] [--at-once 8]
 *     [--threads N] [--json FILE]
 */
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {readConfig} from '../../src/config.ts';
import {ensurePythonEnvironment} from '../../src/embedded/python/python-environment.ts';
import {loadModel} from '../../src/model/loaded-model.ts';
import {startRealTriton} from '../../test/helpers/real-triton.ts';
import {thisMachine} from '../machine.ts';
import {writeResult} from '../write-result.ts';
import {Comparison} from './comparison.ts';
import {peerEdits} from './edits.ts';
import {startLlamaCpp} from './llama-cpp-peer.ts';
import type {AbsentPeer, Peer} from './peer.ts';
import {startContinuousBatching, startTransformers} from './transformers-peer.ts';
import {peerWeights} from './weights-file.ts';

const {values} = parseArgs({
	options: {
		model: {type: 'string', default: 'qwen2.5-coder-0.5b-instruct'},
		edits: {type: 'string', default: '3'},
		rounds: {type: 'string', default: '2'},
		'at-once': {type: 'string', default: '8'},
		/** Of llama.cpp; the others take as many as the machine has. */
		threads: {type: 'string', default: String(availableParallelism())},
		json: {type: 'string'},
	},
});

/** Prompt and answer of the longest edit fit. */
const contextTokens = 8192;
const maxRequests = Number(values['at-once']);
const threads = Number(values.threads);
const onProgress = (line: string) => console.error(line);

/** All programs, idle until they are asked, and those that cannot run here. */
async function startPeers(python: string, folder: string): Promise<(Peer | AbsentPeer)[]> {
	const {mergedDirectory, q8, downloaded, downloadedFormat} = await peerWeights(
		python,
		values.model,
		join(folder, values.model),
	);
	const formats = ['float32', 'bfloat16'] as const;
	const transformers = formats.map(dtype => ({python, modelDirectory: mergedDirectory, dtype, maxRequests}));
	const weights = [
		{name: 'Q8_0', file: q8},
		{name: `${downloadedFormat} without adapter`, file: downloaded},
	];
	const llamaCpp = {folder: join(folder, 'llama-cpp'), weights, contextTokens, threads, maxRequests};
	const started = [
		...transformers.map(startTransformers),
		...transformers.map(async options => [await startContinuousBatching(options)]),
		startLlamaCpp(llamaCpp),
	];
	return (await Promise.all(started)).flat();
}

const {cacheDirectory} = readConfig({});
const {python} = await ensurePythonEnvironment({cacheDirectory, onProgress});
const started = await startPeers(python, join(cacheDirectory, 'bench'));
const peers = started.filter(peer => 'run' in peer);
const absent = started.filter(peer => 'reason' in peer);
// Other programs read a prompt anew each time.
const modelEnvironment = {REDRAFT_PREFIX_CACHE: 'off'};
const real = await startRealTriton(values.model, {modelEnvironment, onProgress});
try {
	const model = await loadModel(values.model, real.supervisor.modelDirectory);
	const edits = await peerEdits(model, Number(values.edits));
	const comparison = new Comparison(real.client, peers, onProgress);
	await comparison.warmUp(edits[0]!);
	for (let round = 0; round < Number(values.rounds); round++) {
		await comparison.runEach(edits);
		if (maxRequests > 0) {
			await comparison.runAtOnce(edits, maxRequests);
		}
	}

	const {rows, atOnce} = comparison.result();
	console.table(rows);
	// Edits at once have no time to the first token in common.
	console.table(atOnce.map(({decodeTokensPerSecond: _, ...row}) => row));
	for (const {name, reason} of absent) {
		console.log(`${name} cannot run here: ${reason}`);
	}

	const result = {
		model: values.model,
		rounds: Number(values.rounds),
		rows,
		atOnce,
		numAtOnce: maxRequests,
		absent,
	};
	writeResult(values.json, {machine: thisMachine(), ...result});
} finally {
	await Promise.all(peers.map(peer => peer.stop()));
	await real.stop();
}
