import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import type {AbsentPeer, Peer, PeerRequest, PeerRun} from './peer.ts';

export interface TransformersOptions {
	readonly python: string;
	readonly modelDirectory: string;
	readonly dtype: 'float32' | 'bfloat16';
	/** Most requests that continuous batching is to run at once. */
	readonly maxRequests: number;
}

interface Answer {
	readonly tokens: number[][];
	readonly firstMs: number;
	readonly ms: number;
}

/** Hugging Face transformers, `generate`: plain, and with prompt lookup of 10 tokens. */
export async function startTransformers(options: TransformersOptions): Promise<Peer[]> {
	const program = new LineProgram('transformers_generate.py', options);
	await program.next();
	return [0, 10].map(lookup => ({
		name: `transformers ${options.dtype}${lookup === 0 ? '' : `, prompt lookup ${lookup}`}`,
		hasDrafts: lookup > 0,
		maxRequests: 1,
		run: async requests =>
			readRun(
				await program.ask({
					prompts: requests.map(({prompt}) => prompt),
					maxTokens: requests[0]!.numTokens,
					lookup,
				}),
			),
		stop: async () => program.stop(),
	}));
}

/** Its continuous batching, or why this machine cannot run it. */
export async function startContinuousBatching(options: TransformersOptions): Promise<Peer | AbsentPeer> {
	const name = `transformers ${options.dtype}, continuous batching`;
	const program = new LineProgram('transformers_continuous.py', options);
	const first = (await program.next()) as {error?: string};
	if (first.error !== undefined) {
		program.stop();
		return {name, reason: first.error};
	}

	return {
		name,
		hasDrafts: false,
		maxRequests: options.maxRequests,
		run: async requests => readRun(await program.ask({requests: requests.map(toWire)})),
		stop: async () => program.stop(),
	};
}

const toWire = ({prompt, numTokens}: PeerRequest) => ({prompt, maxTokens: numTokens});

function readRun(answer: unknown): PeerRun {
	const {tokens, firstMs, ms} = answer as Answer;
	return {tokens, firstTokenMs: firstMs, elapsedMs: ms};
}

/** A script that answers each line by one. */
class LineProgram {
	readonly #child;
	readonly #lines;

	constructor(script: string, {python, modelDirectory, dtype}: TransformersOptions) {
		const file = fileURLToPath(new URL(script, import.meta.url));
		this.#child = spawn(python, [file, modelDirectory, dtype], {stdio: ['pipe', 'pipe', 'inherit']});
		this.#lines = createInterface({input: this.#child.stdout})[Symbol.asyncIterator]();
	}

	async ask(request: object): Promise<unknown> {
		this.#child.stdin.write(`${JSON.stringify(request)}\n`);
		const answer = (await this.next()) as {error?: string};
		if (answer.error !== undefined) {
			throw new Error(`transformers: expected an answer, got ${answer.error}`);
		}

		return answer;
	}

	async next(): Promise<unknown> {
		const {value, done} = await this.#lines.next();
		if (done) {
			throw new Error(`transformers: expected an answer, got its end (exit code ${this.#child.exitCode})`);
		}

		return JSON.parse(value);
	}

	stop(): void {
		this.#child.kill();
	}
}
