import {writeFile} from 'node:fs/promises';
import {describeError} from '../grpc/client.ts';
import {coloredDiff} from './diff-colors.ts';
import type {EditedFile} from './edit-file.ts';
import type {Outcome} from './edit-files.ts';
import {unifiedDiff} from './unified-diff.ts';

/** How the results are given out. */
export interface ReportOptions {
	/** The results were written to their files. */
	readonly write: boolean;
	/** `printed`: it was printed while it came. */
	readonly diff: boolean | 'printed';
	readonly json: boolean;
	/** File for the diffs. */
	readonly patch?: string;
}

/** Results to standard output or the patch file, what happened to standard error. */
export async function report(outcomes: readonly Outcome[], options: ReportOptions): Promise<void> {
	const edited = outcomes.flatMap(outcome => ('edited' in outcome ? [outcome.edited] : []));
	if (options.patch !== undefined) {
		await writeFile(options.patch, edited.map(diffOf).join(''));
	}

	if (options.json) {
		process.stdout.write(`${JSON.stringify({files: outcomes.map(outcome => record(outcome, options))})}\n`);
	} else if (options.diff === true) {
		process.stdout.write(coloredDiff(edited.map(diffOf).join('')));
	} else if (!options.diff && !options.write && options.patch === undefined) {
		process.stdout.write(edited.map(({text}) => text).join(''));
	}

	const isOne = outcomes.length === 1;
	for (const outcome of outcomes) {
		process.stderr.write(isOne && 'edited' in outcome ? `${figures(outcome.edited)}\n` : lineOf(outcome));
	}

	if (!isOne) {
		process.stderr.write(`${countStates(outcomes)}\n`);
	}
}

const diffOf = ({source, operations}: EditedFile) => unifiedDiff(source.path, source.text, operations);
const isChanged = ({source, text}: EditedFile) => source.text !== text;

function stateOf(outcome: Outcome): 'edited' | 'unchanged' | 'failed' {
	if ('error' in outcome) {
		return 'failed';
	}

	return isChanged(outcome.edited) ? 'edited' : 'unchanged';
}

function record(outcome: Outcome, {write}: ReportOptions): object {
	const {path} = outcome;
	const state = stateOf(outcome);
	if ('error' in outcome) {
		return {path, state, error: describeError(outcome.error)};
	}

	const {text, summary} = outcome.edited;
	const {outputTokens, verifyPasses, tokensPerPass, acceptanceRate} = summary;
	const written = write && state === 'edited';
	return {
		path,
		state,
		written,
		outputTokens,
		verifyPasses,
		tokensPerPass,
		acceptanceRate,
		...(!write && {text}),
	};
}

function lineOf(outcome: Outcome): string {
	const {path} = outcome;
	return 'error' in outcome
		? `redraft: ${path}: ${describeError(outcome.error)}\n`
		: `${path}: ${stateOf(outcome)}, ${figures(outcome.edited)}\n`;
}

function figures({summary: {tokensPerPass, verifyPasses, acceptanceRate}}: EditedFile): string {
	const share = (100 * acceptanceRate).toFixed(0);
	return `${tokensPerPass.toFixed(1)} tokens per pass, ${verifyPasses} passes, ${share} % of the draft accepted`;
}

function countStates(outcomes: readonly Outcome[]): string {
	const states = outcomes.map(stateOf);
	return (['edited', 'unchanged', 'failed'] as const)
		.map(state => `${states.filter(one => one === state).length} ${state}`)
		.join(', ');
}
