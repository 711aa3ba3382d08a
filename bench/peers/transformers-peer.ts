import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import type {Peer} from './peer.ts';

export interface TransformersOptions {
	readonly python: string;
	readonly modelDirectory: string;
	readonly dtype: 'float32' | 'bfloat16';
}

/** Hugging Face transformers, `generate`: plain, and with prompt lookup of 10 tokens. */
export async function startTransformers({
	python,
	modelDirectory,
	dtype,
}: TransformersOptions): Promise<Peer[]> {
	const script = fileURLToPath(new URL('transformers_generate.py', import.meta.url));
	const child = spawn(python, [script, modelDirectory, dtype], {stdio: ['pipe', 'pipe', 'inherit']});
	const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
	const next = async () => {
		const {value, done} = await lines.next();
		if (done) {
			throw new Error(`transformers: expected an answer, got its end (exit code ${child.exitCode})`);
		}

		return JSON.parse(value) as {tokens: number[]; ms: number};
	};
	await next();
	return [0, 10].map(lookup => ({
		name: `transformers ${dtype}${lookup === 0 ? '' : `, prompt lookup ${lookup}`}`,
		run: async ({prompt, numTokens}) => {
			child.stdin.write(`${JSON.stringify({prompt, maxTokens: numTokens, lookup})}\n`);
			const {tokens, ms} = await next();
			return {tokens, elapsedMs: ms};
		},
		stop: async () => {
			child.kill();
		},
	}));
}
