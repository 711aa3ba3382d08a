import {longestAgreeing} from '../../src/speculation/agreeing-prefix.ts';
import type {ReplayEdit} from './load-edits.ts';
import type {PassTimeTable} from './pass-time-tables.ts';
import type {Rule} from './rules/rule.ts';
import type {Expectation} from './token-diff.ts';

/** What one rule did on one edit. */
export interface ReplayResult {
	numTokens: number;
	numPasses: number;
	numDraftTokens: number;
	numAcceptedTokens: number;
	/** Passes that went wrong, or drafted nothing, where the diff says that the original could be followed. */
	numMispredictions: number;
	/** Passes with a rejected draft token, wherever. */
	numRejections: number;
	/** Processor time of drafting, per pass: wall time would count what other processes do. */
	readonly draftMicros: number[];
	/** Modelled time of all passes, per table. */
	readonly modelledMs: number[];
}

/**
 * Replays a rule over an edit without a model: the committed file is the truth, a pass accepts the agreeing prefix of
 * the best candidate and yields one true token. All candidates of a pass count as sent.
 */
export function replay(
	rule: Rule,
	edit: ReplayEdit,
	expect: Expectation,
	tables: readonly PassTimeTable[],
): ReplayResult {
	const result = emptyResult(tables.length);
	const {target} = edit;
	const written = (length: number) => target.slice(result.numTokens, result.numTokens + length);
	while (result.numTokens < target.length) {
		const started = process.cpuUsage();
		const drafts = rule.propose();
		const proposed = micros(started);
		const {index, numAgreeing} = longestAgreeing(drafts, branch => written(drafts[branch]!.length));
		const end = Math.min(target.length, result.numTokens + numAgreeing + 1);
		const tokens = target.slice(result.numTokens, end);
		const numAccepted = Math.min(numAgreeing, tokens.length);
		score(result, drafts, index, numAccepted, expect, tables);
		const committing = process.cpuUsage();
		rule.commit({tokens, leftover: []});
		result.draftMicros.push(proposed + micros(committing));
		result.numTokens = end;
	}
	return result;
}

function micros(since: NodeJS.CpuUsage): number {
	const {user, system} = process.cpuUsage(since);
	return user + system;
}

function emptyResult(numTables: number): ReplayResult {
	return {
		numTokens: 0,
		numPasses: 0,
		numDraftTokens: 0,
		numAcceptedTokens: 0,
		numMispredictions: 0,
		numRejections: 0,
		draftMicros: [],
		modelledMs: Array.from({length: numTables}, () => 0),
	};
}

function score(
	result: ReplayResult,
	drafts: readonly (readonly number[])[],
	branch: number,
	numAccepted: number,
	expect: Expectation,
	tables: readonly PassTimeTable[],
): void {
	const sent = drafts.reduce((sum, draft) => sum + draft.length, 0);
	const length = drafts[branch]?.length ?? 0;
	const isRejected = length > numAccepted && result.numTokens + numAccepted < expect.length;
	const isMissed = (isRejected || length === 0) && expect[result.numTokens + numAccepted] === 1;
	result.numPasses++;
	result.numDraftTokens += sent;
	result.numAcceptedTokens += numAccepted;
	if (isRejected) {
		result.numRejections++;
	}
	if (isMissed) {
		result.numMispredictions++;
	}
	for (const [index, {passTimes}] of tables.entries()) {
		result.modelledMs[index]! += passTimes.at(1 + sent);
	}
}
