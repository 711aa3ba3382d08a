import {setTimeout as delay} from 'node:timers/promises';
import {status} from '@grpc/grpc-js';
import {type ApplyEditRequest, isServiceError, type RedraftClient} from '../../src/grpc/client.ts';

/** An edit that was let in, timed from when it had its place. */
export interface Accepted {
	readonly numTokens: number;
	readonly startedMs: number;
	readonly endedMs: number;
}

/** What came of one load. */
export interface LoadResult {
	readonly accepted: readonly Accepted[];
	/** How long each refusal took. */
	readonly refusalMs: readonly number[];
}

interface Call extends LoadResult {
	readonly accepted: Accepted[];
	readonly refusalMs: number[];
}

/** So many callers at a time, each with one edit after the other. */
export async function fill(
	client: RedraftClient,
	request: ApplyEditRequest,
	{numCallers, numEach}: {numCallers: number; numEach: number},
): Promise<LoadResult> {
	const result: Call = {accepted: [], refusalMs: []};
	const callers = Array.from({length: numCallers}, async () => {
		for (let edit = 0; edit < numEach; edit++) {
			await ask(client, request, result);
		}
	});
	await Promise.all(callers);
	return result;
}

/** Edits that arrive at a rate, whatever becomes of those before. */
export async function arrive(
	client: RedraftClient,
	request: ApplyEditRequest,
	{perSecond, numEdits, signal}: {perSecond: number; numEdits: number; signal: AbortSignal},
): Promise<LoadResult> {
	const result: Call = {accepted: [], refusalMs: []};
	const calls: Promise<void>[] = [];
	const beganMs = performance.now();
	for (let edit = 0; edit < numEdits; edit++) {
		const waitMs = beganMs + (1000 * edit) / perSecond - performance.now();
		if (waitMs > 0) {
			await delay(waitMs, undefined, {signal});
		}

		calls.push(ask(client, request, result));
	}

	await Promise.all(calls);
	return result;
}

async function ask(client: RedraftClient, request: ApplyEditRequest, result: Call): Promise<void> {
	const askedMs = performance.now();
	let startedMs = askedMs;
	try {
		for await (const message of client.stream(request)) {
			if (message.event === 'started') {
				startedMs = performance.now();
			} else if (message.event === 'summary') {
				const numTokens = message.summary.outputTokens;
				result.accepted.push({numTokens, startedMs, endedMs: performance.now()});
			}
		}
	} catch (error) {
		if (!isServiceError(error) || error.code !== status.RESOURCE_EXHAUSTED) {
			throw error;
		}

		result.refusalMs.push(performance.now() - askedMs);
	}
}
