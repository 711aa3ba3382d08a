import {performance} from 'node:perf_hooks';
import {status} from '@grpc/grpc-js';
import {distance} from 'fastest-levenshtein';
import {isServiceError, type RedraftClient} from '../../src/grpc/client.ts';
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
	/**
	 * As the service says, or `RAN_AWAY`: the answer grew far beyond the right one and was stopped, or
	 * `REFUSED`: the service did not take the case, as one too long for the model.
	 */
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

interface Answer {
	readonly text: string;
	readonly tokenIds: readonly number[];
	readonly passes: number;
	readonly promptTokens: number;
	readonly finishReason: string;
	readonly elapsedMs: number;
}

/** Text beyond the length of the right answer after which an answer is stopped. */
const spareCharacters = 200;
const ranAway = 'RAN_AWAY';
const refusal: Answer = {
	text: '',
	tokenIds: [],
	passes: 0,
	promptTokens: 0,
	finishReason: 'REFUSED',
	elapsedMs: 0,
};

/** Applies the edit through the service and holds the answer against the right one. */
export async function runCase(
	edit: Case,
	client: RedraftClient,
	parseCheck: ParseCheck,
	options: {readonly plain: boolean; readonly signal: AbortSignal},
): Promise<CaseResult> {
	const fast = await answerOrRefusal(edit, client, options.signal);
	const isCompared = options.plain && fast !== refusal;
	const plain = isCompared ? await answer(edit, client, false, options.signal) : undefined;
	const {text, tokenIds, passes, promptTokens, finishReason, elapsedMs} = fast;
	return {
		set: edit.set,
		kind: edit.kind,
		language: edit.language,
		lines: countLines(edit.before),
		exact: text === edit.after,
		parses: await parsesLike(edit, text, parseCheck),
		similarity: similarity(text, edit.after),
		unchangedSimilarity: similarity(edit.before, edit.after),
		finishReason,
		promptTokens,
		outputTokens: tokenIds.length,
		passes,
		elapsedMs,
		plain: plain ? {elapsedMs: plain.elapsedMs, identical: sameTokens(fast, plain)} : null,
		text,
	};
}

async function answerOrRefusal(edit: Case, client: RedraftClient, signal: AbortSignal): Promise<Answer> {
	try {
		return await answer(edit, client, true, signal);
	} catch (error) {
		if (isServiceError(error) && error.code === status.INVALID_ARGUMENT) {
			console.error(`refused: ${error.details}`);
			return refusal;
		}

		throw error;
	}
}

async function answer(
	{before: original, instruction, update, language, after}: Case,
	client: RedraftClient,
	speculation: boolean,
	signal: AbortSignal,
): Promise<Answer> {
	// No token is shorter than a character, so that no right answer is cut.
	const options = {speculation, includeTokenIds: true, maxOutputTokens: after.length + spareCharacters};
	const request = {original, instruction, ...(update && {update}), language, options};
	const startMs = performance.now();
	const [tokenIds, texts] = [[] as number[], [] as string[]];
	let [passes, promptTokens, length, finishReason] = [0, 0, 0, ranAway];
	for await (const message of client.stream(request, {signal})) {
		if (message.event === 'started') {
			promptTokens = message.started.promptTokens;
		} else if (message.event === 'summary') {
			passes = message.summary.verifyPasses;
			finishReason = message.summary.finishReason;
		} else if (message.event === 'delta') {
			texts.push(message.delta.text);
			tokenIds.push(...message.delta.tokenIds);
			length += message.delta.text.length;
			passes += 1;
			if (length > after.length + spareCharacters) {
				break;
			}
		}
	}

	return {
		text: texts.join(''),
		tokenIds,
		passes,
		promptTokens,
		finishReason,
		elapsedMs: performance.now() - startMs,
	};
}

/** Answers that ran away were stopped at different lengths: they are the same as far as both go. */
function sameTokens(fast: Answer, plain: Answer): boolean {
	const isCut = fast.finishReason === ranAway && plain.finishReason === ranAway;
	const length = isCut ? Math.min(fast.tokenIds.length, plain.tokenIds.length) : undefined;
	return String(fast.tokenIds.slice(0, length)) === String(plain.tokenIds.slice(0, length));
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
