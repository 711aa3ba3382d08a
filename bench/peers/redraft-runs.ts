import type {EditResult, RedraftClient} from '../../src/grpc/client.ts';
import {sum} from '../sum.ts';
import type {PeerEdit} from './edits.ts';

/** Edits at once by Redraft. */
export interface RedraftRun {
	readonly tokens: readonly (readonly number[])[];
	readonly elapsedMs: number;
	/** Tokens behind the first pass, which reads the prompt, and the time that they took. */
	readonly decodedTokens: number;
	readonly decodeMs: number;
}

/** Sends edits at once, and waits for all. */
export async function runRedraft(
	client: RedraftClient,
	edits: readonly PeerEdit[],
	speculation: boolean,
): Promise<RedraftRun> {
	const began = performance.now();
	const results: EditResult[] = await Promise.all(
		edits.map(({request}) => client.edit({...request, options: {speculation, includeTokenIds: true}})),
	);
	const elapsedMs = performance.now() - began;
	return {
		tokens: results.map(({tokenIds}) => tokenIds),
		elapsedMs,
		decodedTokens: sum(results, ({summary}) => summary.outputTokens - summary.firstPassTokens),
		decodeMs: sum(results, ({summary}) => summary.decodeMs),
	};
}
