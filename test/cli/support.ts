import {spawn} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import type {ServerOptions} from '../../src/grpc/server.ts';
import type {Verifier} from '../../src/speculation/verifier.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {startServer} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

export const original = 'const a = 1;\nconst b = 2;\n';
export const edited = 'const a = 1;\nconst c = 2;\n';
/** What the model answers: the text and the fence that closes it. */
export const wholeAnswer = edited.replace(/\n$/, '\n```');

type OnPass = (signal: AbortSignal) => Promise<unknown>;

export interface PrepareOptions {
	/** What the model writes; its end token follows. */
	readonly answer?: string;
	/** Called before each pass of the model, which waits for it; the signal is that of the edit. */
	readonly onPass?: OnPass;
	/** What guards the server. */
	readonly server?: Partial<ServerOptions>;
}

/** A file to edit in a directory of its own, and a real server whose model answers with a text. */
export async function prepare(t: ExecutionContext, options: PrepareOptions = {}) {
	const {answer = wholeAnswer, onPass, server} = options;
	const directory = await mkdtemp(path.join(tmpdir(), 'redraft-cli-'));
	t.teardown(() => rm(directory, {recursive: true}));
	const file = path.join(directory, 'code.js');
	await writeFile(file, original);
	const model = await byteModel(t);
	const target = new TargetVerifier({target: [...model.tokenizer.encode(answer), model.endToken]});
	const verifier = onPass ? interrupted(target, onPass) : target;
	const {address} = await startServer(t, {model, verifier, ...server});
	return {file, address, directory};
}

function interrupted(verifier: Verifier, onPass: OnPass): Verifier {
	return {
		open: () => {
			const sequence = verifier.open();
			return {
				verify: async (step, signal) => {
					await onPass(signal);
					return sequence.verify(step, signal);
				},
				end: () => sequence.end(),
			};
		},
	};
}

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
/** The program without its arguments, as it is started here from any directory. */
export const program = [process.execPath, `--import=${import.meta.resolve('tsx/esm')}`, cli];

/** Starts the program; `ended` is how it ended and what it printed. */
export function start(parameters: readonly string[], cwd?: string) {
	return run([...program, ...parameters], {}, cwd);
}

/** Starts any command. */
export function run([command = '', ...args]: readonly string[], env: NodeJS.ProcessEnv = {}, cwd?: string) {
	const child = spawn(command, args, {cwd, env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'pipe']});
	const output = {stdout: '', stderr: ''};
	child.stdout.on('data', data => {
		output.stdout += data;
	});
	child.stderr.on('data', data => {
		output.stderr += data;
	});
	const ended = new Promise<{code: number | null; stdout: string; stderr: string}>(resolve => {
		child.on('close', code => resolve({code, ...output}));
	});
	return {child, ended};
}

/** Runs the program to its end. */
export function redraft(...parameters: string[]) {
	return start(parameters).ended;
}
