import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {repositoryRoot} from '../../src/embedded/machine/paths.ts';
import {runCommand} from '../../src/embedded/process/run-command.ts';
import type {Passage} from './passages.ts';
import {type Dtype, dtypes, type Judgement} from './summary.ts';

/** What a model's linear layers read, by their kind: `q/k/v_proj`, `o_proj`, `gate/up_proj`, `down_proj`, `lm_head`. */
export interface ActivationFigures {
	/** Of the code that was read. */
	readonly tokens: number;
	/** Largest magnitude over root mean square of a token's activations, the median of each layer from first to last. */
	readonly medianCrests: Readonly<Record<string, readonly number[]>>;
	/**
	 * Share of the tokens behind which another one is chosen than in float32, with integer weights and, for the kind
	 * (`all`, `none`), activations of 8 bits instead of 15.
	 */
	readonly otherChoiceShares: Readonly<Record<string, number>>;
}

export interface MeasureOptions {
	readonly python: string;
	readonly model: string;
	readonly modelDirectory: string;
	/** Where what was found is kept. */
	readonly folder: string;
	/** Go on with what a run before has found. */
	readonly resumes: boolean;
	/** Time in which float32 may begin to judge passages; 0: it judges no more. */
	readonly minutes: number;
	/** Of the CPU; undefined: as the engine chooses. */
	readonly threads: string | undefined;
	readonly signal: AbortSignal;
}

/** Has float32 judge the passages, in their order, while there is time, and the other formats as many. */
export async function measureChoices(
	passages: readonly Passage[],
	options: MeasureOptions,
): Promise<Judgement[]> {
	const output = outputFile('choices.jsonl', options);
	// One after the other: the memory need not hold the model several times.
	for (const dtype of dtypes) {
		const due = dueIn(dtype, passages, readJudgements(output));
		const minutes = dtype === 'float32' ? options.minutes : Number.POSITIVE_INFINITY;
		if (due.length > 0 && minutes > 0) {
			const more = ['--dtype', dtype, ...(Number.isFinite(minutes) ? ['--minutes', String(minutes)] : [])];
			await runProgram('measure_choices', due, output, options, more);
		}
	}

	return readJudgements(output);
}

/** What a format has still to judge: the slowest one everything, the others what that one has judged. */
function dueIn(dtype: Dtype, passages: readonly Passage[], judgements: readonly Judgement[]): Passage[] {
	const keysOf = (one: Dtype) =>
		new Set(judgements.filter(judgement => judgement.dtype === one).map(({key}) => key));
	const [known, slowest] = [keysOf(dtype), keysOf('float32')];
	return passages.filter(({key}) => !known.has(key) && (dtype === 'float32' || slowest.has(key)));
}

function readJudgements(file: string): Judgement[] {
	const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
	return lines.filter(line => line !== '').map(line => JSON.parse(line) as Judgement);
}

/** What the linear layers read while the model reads the passages. */
export async function measureActivations(
	passages: readonly Passage[],
	options: MeasureOptions,
): Promise<ActivationFigures> {
	const output = outputFile('activations.json', options);
	if (!existsSync(output)) {
		await runProgram('measure_activations', passages, output, options);
	}

	return JSON.parse(readFileSync(output, 'utf8')) as ActivationFigures;
}

function outputFile(name: string, {folder, resumes}: MeasureOptions): string {
	mkdirSync(folder, {recursive: true});
	const file = join(folder, name);
	if (!resumes) {
		rmSync(file, {force: true});
	}

	return file;
}

async function runProgram(
	program: string,
	passages: readonly Passage[],
	output: string,
	{python, model, modelDirectory, folder, threads, signal}: MeasureOptions,
	more: readonly string[] = [],
): Promise<void> {
	const file = join(folder, `${program}.passages.jsonl`);
	writeFileSync(file, passages.map(one => `${JSON.stringify(one)}\n`).join(''));
	const files = ['--directory', modelDirectory, '--passages', file, '--output', output];
	const limits = threads === undefined ? [] : ['--threads', threads];
	const command = [python, '-m', `bench.quality.${program}`, '--model', model, ...files, ...limits, ...more];
	const path = [repositoryRoot, join(repositoryRoot, 'triton-models/verifier/1')].join(':');
	// As on Triton: threads that spin would slow each other down.
	const env = {PYTHONPATH: path, OMP_WAIT_POLICY: 'PASSIVE'};
	await runCommand({python, command, env, what: program, onLine: line => console.error(line), signal});
}
