import {performance} from 'node:perf_hooks';
import {distance} from 'fastest-levenshtein';
import type {EditResult, RedraftClient} from '../../src/client.ts';
import type {Case} from './cases.ts';
import type {ParseCheck} from './parse-check.ts';

/** What became of one case. */
export interface CaseResult {
	readonly set: string;
	readonly kind: string;
	readonly language: string;
	/** Lines of the file before the edit. */
	readonly lines: number;
	readonly exact: boolean;
	/** Null where the right answer does not parse either, or the language has no grammar here. */
	readonly parses: boolean | null;
	/** 1 less the Levenshtein distance to the right answer, as a share of the longer text. */
	readonly similarity: number;
	/** The same of the file as it was. */
	readonly unchangedSimilarity: number;
	readonly finishReason: string;
	readonly promptTokens: number;
	readonly outputTokens: number;
	readonly passes: number;
	/** From the request to the summary, the reading of the prompt included. */
	readonly elapsedMs: number;
	/** The same edit, one token per pass; null where that was not run. */
	readonly plain: {readonly elapsedMs: number; readonly identical: boolean} | null;
	readonly text: string;
}

/** Applies the edit through the service and holds the answer against the right one. */
export async function runCase(
	edit: Case,
	client: RedraftClient,
	parseCheck: ParseCheck,
	options: {readonly plain: boolean; readonly signal: AbortSignal},
): Promise<CaseResult> {
	const fast = await timed(edit, client, true, options.signal);
	const plain = options.plain ? await timed(edit, client, false, options.signal) : undefined;
	const {text, summary} = fast.result;
	return {
		set: edit.set,
		kind: edit.kind,
		language: edit.language,
		lines: countLines(edit.before),
		exact: text === edit.after,
		parses: await parsesLike(edit, text, parseCheck),
		similarity: similarity(text, edit.after),
		unchangedSimilarity: similarity(edit.before, edit.after),
		finishReason: summary.finishReason,
		promptTokens: fast.result.started.promptTokens,
		outputTokens: summary.outputTokens,
		passes: summary.verifyPasses,
		elapsedMs: fast.elapsedMs,
		plain: plain
			? {
					elapsedMs: plain.elapsedMs,
					identical: String(plain.result.tokenIds) === String(fast.result.tokenIds),
				}
			: null,
		text,
	};
}

async function timed(
	{before: original, instruction, update, language, after}: Case,
	client: RedraftClient,
	speculation: boolean,
	signal: AbortSignal,
): Promise<{result: EditResult; elapsedMs: number}> {
	// No token is shorter than a character: an answer that runs away is cut, a right one never.
	const options = {speculation, includeTokenIds: true, maxOutputTokens: after.length + 64};
	const startMs = performance.now();
	const result = await client.edit(
		{original, instruction, update: update ?? null, language, options},
		{signal},
	);
	return {result, elapsedMs: performance.now() - startMs};
}

async function parsesLike(edit: Case, text: string, parseCheck: ParseCheck): Promise<boolean | null> {
	const isFair = await parseCheck.parses(edit.after, edit.language);
	return isFair ? ((await parseCheck.parses(text, edit.language)) ?? null) : null;
}

function similarity(text: string, other: string): number {
	return 1 - distance(text, other) / Math.max(1, text.length, other.length);
}

function countLines(text: string): number {
	return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
