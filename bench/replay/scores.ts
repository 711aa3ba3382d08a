import type {LoadedModel} from '../../src/model/loaded-model.ts';
import type {ReplayEdit} from './load-edits.ts';
import {type PassTimeTable, passTimeTables} from './pass-time-tables.ts';
import {type ReplayResult, replay} from './replay.ts';
import type {NamedRule} from './rules/rule.ts';
import {diffTokens, type Expectation, expectations} from './token-diff.ts';

/** An edit with what its diff says. */
export interface DiffedEdit {
	readonly edit: ReplayEdit;
	readonly numHunks: number;
	readonly expect: Expectation;
}

/** A rule over all edits. */
export interface Scores {
	/** Total tokens over total passes. */
	readonly tokensPerPass: number;
	/** Draft tokens sent and not accepted, over draft tokens sent, all candidates together. */
	readonly rejectedShare: number;
	readonly mispredictionsPerHunk: number;
	/** Passes with a rejected token, per hunk, those inside of novel text included. */
	readonly rejectionsPerHunk: number;
	/** Median processor time of drafting in one pass, and its 99th percentile. */
	readonly draftMicrosPerPass: number;
	readonly draftMicrosP99: number;
	/** Time of plain decoding over time of this rule on the measured processor: over all edits together. */
	readonly modelledSpeedup: number;
	/** The same for the edit that gains least, over all tables of pass times. */
	readonly worstModelledSpeedup: number;
	readonly speedups: Readonly<Record<string, Speedup>>;
}

export function diffEdit(edit: ReplayEdit): DiffedEdit {
	const diff = diffTokens(edit.draft, edit.target);
	return {edit, numHunks: diff.numHunks, expect: expectations(diff, edit.target.length)};
}

export interface ScoreOptions {
	readonly edits: readonly DiffedEdit[];
	readonly model: LoadedModel;
	readonly maxDraftTokens: number;
	/**
	 * The rule to time with a table, where a rule adapts to it; else the rule itself.
	 * @param table pass times that the rule may know
	 */
	readonly timedRule?: (table: PassTimeTable) => NamedRule;
}

export async function scoreRule(rule: NamedRule, options: ScoreOptions): Promise<Scores> {
	const results = await run(rule, options, passTimeTables);
	const speedups = await modelledSpeedups(results, options);
	const sum = (count: (result: ReplayResult) => number) =>
		results.reduce((total, result) => total + count(result), 0);
	const numHunks = options.edits.reduce((total, edit) => total + edit.numHunks, 0);
	const micros = Float64Array.from(results.flatMap(result => result.draftMicros)).sort();
	const numDraftTokens = sum(result => result.numDraftTokens);
	return {
		tokensPerPass: sum(result => result.numTokens) / sum(result => result.numPasses),
		rejectedShare: numDraftTokens === 0 ? 0 : 1 - sum(result => result.numAcceptedTokens) / numDraftTokens,
		mispredictionsPerHunk: sum(result => result.numMispredictions) / Math.max(1, numHunks),
		rejectionsPerHunk: sum(result => result.numRejections) / Math.max(1, numHunks),
		draftMicrosPerPass: micros[micros.length >> 1]!,
		draftMicrosP99: micros[Math.floor(micros.length * 0.99)]!,
		modelledSpeedup: speedups.cpu!.total,
		worstModelledSpeedup: Math.min(...Object.values(speedups).map(({worst}) => worst)),
		speedups,
	};
}

async function run(
	rule: NamedRule,
	{edits, model, maxDraftTokens}: ScoreOptions,
	tables: readonly PassTimeTable[],
): Promise<ReplayResult[]> {
	const results: ReplayResult[] = [];
	for (const {edit, expect} of edits) {
		results.push(replay(await rule.start({edit, maxDraftTokens, model}), edit, expect, tables));
	}
	return results;
}

interface Speedup {
	readonly total: number;
	readonly worst: number;
}

async function modelledSpeedups(
	results: readonly ReplayResult[],
	options: ScoreOptions,
): Promise<Record<string, Speedup>> {
	const speedups: Record<string, Speedup> = {};
	for (const [index, table] of passTimeTables.entries()) {
		const timed = options.timedRule && (await run(options.timedRule(table), options, [table]));
		const ms = timed
			? timed.map(result => result.modelledMs[0]!)
			: results.map(result => result.modelledMs[index]!);
		speedups[table.name] = speedup(results, ms, table);
	}
	return speedups;
}

function speedup(
	results: readonly ReplayResult[],
	ms: readonly number[],
	{passTimes}: PassTimeTable,
): Speedup {
	const plainMs = results.map(result => result.numTokens * passTimes.at(1));
	const total = plainMs.reduce((sum, value) => sum + value, 0) / ms.reduce((sum, value) => sum + value, 0);
	return {total, worst: Math.min(...plainMs.map((value, index) => value / ms[index]!))};
}
