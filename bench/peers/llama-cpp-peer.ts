import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {Peer, PeerRequest, PeerRun} from './peer.ts';

/** Apache-2.0 neighbour under MIT; as large as all other packages together, so that only this bench installs it. */
const version = '3.21.1';

interface Sequence {
	evaluate(tokens: readonly number[], options: {temperature: number}): AsyncIterable<number>;
	readonly dispose: () => void;
}

interface Context {
	getSequence(options?: {tokenPredictor?: unknown}): Sequence;
	readonly dispose: () => Promise<void>;
}

interface LlamaModule {
	getLlama(options: object): Promise<{loadModel(options: object): Promise<Model>}>;
	readonly InputLookupTokenPredictor: new (options: object) => unknown;
}

interface Model {
	createContext(options: object): Promise<Context>;
	readonly dispose: () => Promise<void>;
}

export interface LlamaCppOptions {
	/** Where the package is installed to. */
	readonly folder: string;
	readonly gguf: string;
	readonly contextTokens: number;
	readonly threads: number;
}

/** llama.cpp by node-llama-cpp on the GGUF as it is: plain, and with its lookup in the prompt. */
export async function startLlamaCpp({
	folder,
	gguf,
	contextTokens,
	threads,
}: LlamaCppOptions): Promise<Peer[]> {
	const {getLlama, InputLookupTokenPredictor} = await install(folder);
	const llama = await getLlama({gpu: false, build: 'never', logLevel: 'error'});
	const model = await llama.loadModel({modelPath: gguf});
	const context = await model.createContext({contextSize: contextTokens, threads});
	const predictors = [
		['', () => undefined],
		[', input lookup', () => new InputLookupTokenPredictor({predictionLength: {min: 0, max: 10}})],
	] as const;
	return predictors.map(([suffix, createPredictor], index) => ({
		name: `llama.cpp Q4_K_M${suffix}`,
		run: request => decode(context, createPredictor(), request),
		stop: async () => {
			if (index === 0) {
				await context.dispose();
				await model.dispose();
			}
		},
	}));
}

async function decode(context: Context, tokenPredictor: unknown, request: PeerRequest): Promise<PeerRun> {
	const sequence = context.getSequence(tokenPredictor === undefined ? {} : {tokenPredictor});
	const tokens: number[] = [];
	const began = performance.now();
	for await (const token of sequence.evaluate(request.prompt, {temperature: 0})) {
		tokens.push(token);
		if (tokens.length === request.numTokens) {
			break;
		}
	}

	const elapsedMs = performance.now() - began;
	sequence.dispose();
	return {tokens, elapsedMs};
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
