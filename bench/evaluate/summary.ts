import {sum} from '../sum.ts';
import {groupBy} from './group-by.ts';
import type {CaseResult} from './run-case.ts';

/** Figures over some cases. Rates are in tokens per second of whole requests. */
export interface Summary {
	readonly cases: number;
	readonly exact: number;
	readonly parses: number | null;
	readonly similarity: number;
	readonly unchangedSimilarity: number;
	readonly tokensPerPass: number;
	readonly tokensPerSecond: number;
	/** Over the cases that were decoded both ways: the two rates, and whether all outputs were the same. */
	readonly compared: {
		readonly cases: number;
		readonly tokensPerSecond: number;
		readonly plainTokensPerSecond: number;
		readonly speedup: number;
		readonly identical: boolean;
	} | null;
}

const lengthClasses = [15, 30, 60, 120, 250];

export function summarize(results: readonly CaseResult[]): Summary {
	const fair = results.filter(({parses}) => parses !== null);
	return {
		cases: results.length,
		exact: share(results, ({exact}) => exact),
		parses: fair.length > 0 ? share(fair, ({parses}) => parses === true) : null,
		similarity: mean(results, ({similarity}) => similarity),
		unchangedSimilarity: mean(results, ({unchangedSimilarity}) => unchangedSimilarity),
		tokensPerPass: sum(results, ({outputTokens}) => outputTokens) / sum(results, ({passes}) => passes),
		tokensPerSecond: rate(results, ({elapsedMs}) => elapsedMs),
		compared: compare(results.filter(({plain}) => plain !== null)),
	};
}

function compare(results: readonly CaseResult[]): Summary['compared'] {
	if (results.length === 0) {
		return null;
	}

	const tokensPerSecond = rate(results, ({elapsedMs}) => elapsedMs);
	const plainTokensPerSecond = rate(results, ({plain}) => plain!.elapsedMs);
	return {
		cases: results.length,
		tokensPerSecond,
		plainTokensPerSecond,
		speedup: tokensPerSecond / plainTokensPerSecond,
		identical: results.every(({plain}) => plain!.identical),
	};
}

/** One summary for each value of a property, in order of their first appearance. */
export function summarizeBy(
	results: readonly CaseResult[],
	key: (result: CaseResult) => string,
): Record<string, Summary> {
	const groups = [...groupBy(results, key)];
	return Object.fromEntries(groups.map(([name, group]) => [name, summarize(group)]));
}

export function lengthClass({lines}: CaseResult): string {
	const most = lengthClasses.find(limit => lines <= limit);
	return most === undefined ? `more than ${lengthClasses.at(-1)} lines` : `to ${most} lines`;
}

export function printSummaries(summaries: Readonly<Record<string, Summary>>): void {
	console.table(Object.fromEntries(Object.entries(summaries).map(([name, row]) => [name, formatted(row)])));
}

function formatted(row: Summary): Record<string, string | number> {
	return {
		cases: row.cases,
		exact: percent(row.exact),
		parses: row.parses === null ? '' : percent(row.parses),
		similarity: row.similarity.toFixed(4),
		'tokens/pass': row.tokensPerPass.toFixed(1),
		'tokens/s': row.tokensPerSecond.toFixed(1),
		'compared tokens/s': row.compared?.tokensPerSecond.toFixed(1) ?? '',
		'plain tokens/s': row.compared?.plainTokensPerSecond.toFixed(1) ?? '',
	};
}

function percent(value: number): string {
	return `${(100 * value).toFixed(1)} %`;
}

function rate(results: readonly CaseResult[], elapsedMs: (result: CaseResult) => number): number {
	return (1000 * sum(results, ({outputTokens}) => outputTokens)) / sum(results, elapsedMs);
}

function share(results: readonly CaseResult[], hit: (result: CaseResult) => boolean): number {
	return mean(results, result => (hit(result) ? 1 : 0));
}

function mean(results: readonly CaseResult[], value: (result: CaseResult) => number): number {
	return sum(results, value) / Math.max(1, results.length);
}
