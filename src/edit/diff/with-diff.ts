import type {EditEvent} from '../edit.ts';
import {countSources} from '../edit-stats.ts';
import {LineDiff} from './line-diff.ts';

/** Adds to each delta the line operations that its text makes certain; the last delta holds all that is left. */
export async function* withDiff(
	events: AsyncIterable<EditEvent>,
	original: string,
): AsyncGenerator<EditEvent, void> {
	const diff = new LineDiff(original);
	for await (const event of events) {
		if (event.kind === 'delta') {
			yield {...event, operations: diff.push(event.text)};
			continue;
		}

		const rest = event.kind === 'summary' ? diff.end() : [];
		if (rest.length > 0) {
			const nothing = {text: '', spans: [], tokens: [], draftTokens: 0, acceptedTokens: 0};
			yield {kind: 'delta', ...nothing, sources: countSources([]), operations: rest};
		}

		yield event;
	}
}
