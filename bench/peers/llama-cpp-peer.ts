import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {Peer, PeerRequest, PeerRun} from './peer.ts';

/** Apache-2.0 neighbour under MIT; as large as all other packages together, so that only this bench installs it. */
const version = '3.21.1';

interface Sequence {
	evaluate(
		tokens: readonly number[],
		options: {temperature: number; yieldEogToken: boolean},
	): AsyncIterable<number>;
	readonly dispose: () => void;
}

interface InputLookup {
	updateInputTokens(tokens: readonly number[]): void;
}

interface Context {
	getSequence(options?: {tokenPredictor?: InputLookup}): Sequence;
	readonly dispose: () => Promise<void>;
}

interface LlamaModule {
	getLlama(options: object): Promise<{loadModel(options: object): Promise<Model>}>;
	readonly InputLookupTokenPredictor: new (options: object) => InputLookup;
}

interface Model {
	createContext(options: object): Promise<Context>;
	readonly dispose: () => Promise<void>;
}

export interface LlamaCppOptions {
	/** Where the package is installed to. */
	readonly folder: string;
	readonly weights: readonly GgufFile[];
	/** Of each sequence. */
	readonly contextTokens: number;
	readonly threads: number;
	/** Most requests at once. */
	readonly maxRequests: number;
}

export interface GgufFile {
	/** Of its number format. */
	readonly name: string;
	readonly file: string;
}

/** llama.cpp by node-llama-cpp: plain, and with its lookup in the prompt. */
export async function startLlamaCpp({folder, weights, ...sizes}: LlamaCppOptions): Promise<Peer[]> {
	const llamaCpp = await install(folder);
	const llama = await llamaCpp.getLlama({gpu: false, build: 'never', logLevel: 'error'});
	const peers = await Promise.all(
		weights.map(async ({name, file}) => {
			const model = await llama.loadModel({modelPath: file});
			return peersOn(llamaCpp, model, name, sizes);
		}),
	);
	return peers.flat();
}

async function peersOn(
	{InputLookupTokenPredictor}: LlamaModule,
	model: Model,
	weights: string,
	{contextTokens, threads, maxRequests}: Omit<LlamaCppOptions, 'folder' | 'weights'>,
): Promise<Peer[]> {
	const context = await model.createContext({contextSize: contextTokens, sequences: maxRequests, threads});
	const name = `llama.cpp ${weights}`;
	const lookup = (prompt: readonly number[]) => {
		// This version validates the first predicted token of a pass alone: longer predictions are computed in vain.
		const predictor = new InputLookupTokenPredictor({predictionLength: {min: 1, max: 1}});
		// Chats tell it of their prompt; a bare sequence does not, and then nothing is ever found.
		predictor.updateInputTokens(prompt);
		return predictor;
	};
	return [
		{
			name,
			hasDrafts: false,
			maxRequests,
			run: requests => decode(context, () => undefined, requests),
			stop: async () => {
				await context.dispose();
				await model.dispose();
			},
		},
		{
			name: `${name}, input lookup 1`,
			hasDrafts: true,
			maxRequests: 1,
			run: requests => decode(context, lookup, requests),
			stop: async () => {},
		},
	];
}

async function decode(
	context: Context,
	createPredictor: (prompt: readonly number[]) => InputLookup | undefined,
	requests: readonly PeerRequest[],
): Promise<PeerRun> {
	const began = performance.now();
	let firstTokenMs = Number.POSITIVE_INFINITY;
	const answer = async ({prompt, numTokens}: PeerRequest) => {
		const tokenPredictor = createPredictor(prompt);
		const sequence = context.getSequence(tokenPredictor === undefined ? {} : {tokenPredictor});
		const tokens: number[] = [];
		for await (const token of sequence.evaluate(prompt, {temperature: 0, yieldEogToken: true})) {
			firstTokenMs = Math.min(firstTokenMs, performance.now() - began);
			tokens.push(token);
			if (tokens.length === numTokens) {
				break;
			}
		}

		sequence.dispose();
		return tokens;
	};
	const tokens = await Promise.all(requests.map(answer));
	return {tokens, firstTokenMs, elapsedMs: performance.now() - began};
}

async function install(folder: string): Promise<LlamaModule> {
	const manifest = join(folder, 'package.json');
	if (!existsSync(join(folder, 'node_modules/node-llama-cpp'))) {
		mkdirSync(folder, {recursive: true});
		writeFileSync(manifest, '{"private": true}');
		const packages = [
			`node-llama-cpp@${version}`,
			`@node-llama-cpp/${process.platform}-${process.arch}@${version}`,
		];
		execFileSync('npm', ['install', '--no-audit', '--no-fund', '--omit=optional', ...packages], {
			cwd: folder,
			stdio: ['ignore', 2, 2],
		});
	}

	const entry = createRequire(manifest).resolve('node-llama-cpp');
	return (await import(pathToFileURL(entry).href)) as LlamaModule;
}
