import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {repositoryRoot} from '../../src/embedded/machine/paths.ts';
import {runCommand} from '../../src/embedded/process/run-command.ts';

/** Milliseconds by the tokens of a pass. */
export type MsByTokens = Readonly<Record<string, number>>;

/** Passes behind a context of 512 tokens, and what the machine can do at best. */
export interface PassFigures {
	readonly threads: number;
	/** Instructions that torch computes with. */
	readonly kernels: string;
	readonly readBytesPerSecond: number;
	/** By number format. */
	readonly weightBytes: Readonly<Record<string, number>>;
	/** By program and number format; `floor …`: reading the weights or computing the products, whichever is longer. */
	readonly passMs: Readonly<Record<string, MsByTokens>>;
}

export interface PassOptions {
	readonly python: string;
	readonly modelDirectory: string;
	readonly tokens: readonly number[];
	readonly repeats: number;
}

/** Measures passes in a process of their own. */
export async function measurePasses({
	python,
	modelDirectory,
	tokens,
	repeats,
}: PassOptions): Promise<PassFigures> {
	const folder = mkdtempSync(join(tmpdir(), 'redraft-passes-'));
	const output = join(folder, 'passes.json');
	const script = join(import.meta.dirname, 'measure_passes.py');
	const sizes = ['--tokens', ...tokens.map(String), '--repeats', String(repeats)];
	const command = [python, script, modelDirectory, '--output', output, ...sizes];
	// As on Triton: threads that spin would slow each other down.
	const env = {PYTHONPATH: join(repositoryRoot, 'triton-models/verifier/1'), OMP_WAIT_POLICY: 'PASSIVE'};
	try {
		await runCommand({python, command, env, what: 'the pass times', onLine: line => console.error(line)});
		return JSON.parse(readFileSync(output, 'utf8')) as PassFigures;
	} finally {
		rmSync(folder, {recursive: true});
	}
}
