import type {ApplyEditRequest, RedraftClient} from '../../src/grpc/client.ts';

/** One edit, timed by its caller. */
export interface TimedEdit {
	readonly promptTokens: number;
	readonly outputTokens: number;
	readonly firstDeltaMs: number;
	/** Longest time between two deltas. */
	readonly longestGapMs: number;
}

export interface LoadRun {
	readonly edits: readonly TimedEdit[];
	readonly elapsedMs: number;
}

/** So many callers at a time, which share the requests out among them. */
export async function editsAtATime(
	client: RedraftClient,
	requests: readonly ApplyEditRequest[],
	numCallers: number,
): Promise<LoadRun> {
	const queue = [...requests];
	const edits: TimedEdit[] = [];
	const beganMs = performance.now();
	const call = async () => {
		for (let request = queue.shift(); request; request = queue.shift()) {
			edits.push(await timeEdit(client, request));
		}
	};
	await Promise.all(Array.from({length: numCallers}, call));
	return {edits, elapsedMs: performance.now() - beganMs};
}

/** One edit, from its call to its end. */
export async function timeEdit(client: RedraftClient, request: ApplyEditRequest): Promise<TimedEdit> {
	const beganMs = performance.now();
	const deltaMs: number[] = [];
	const {started, summary} = await client.edit(request, {
		onDelta: () => deltaMs.push(performance.now() - beganMs),
	});
	const gaps = deltaMs.slice(1).map((ms, i) => ms - deltaMs[i]!);
	return {
		promptTokens: started.promptTokens,
		outputTokens: summary.outputTokens,
		firstDeltaMs: deltaMs[0] ?? performance.now() - beganMs,
		longestGapMs: Math.max(0, ...gaps),
	};
}
