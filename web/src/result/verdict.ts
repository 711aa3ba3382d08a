import type {EditRun} from '../edit/edit-run.ts';
import {formatMs, shortNumber} from './figures-view.ts';

/** One sentence on how an edit of `original` ended. */
export function verdictOf(run: EditRun, original: string): string {
	const {numTokens, numPasses, elapsedMs} = run.figures();
	const did = `${numTokens} tokens in ${numPasses} ${numPasses === 1 ? 'pass' : 'passes'}, ${formatMs(elapsedMs)}`;
	switch (run.state) {
		case 'cancelled':
			return `Cancelled after ${did}.`;
		case 'failed':
			return `Broke off after ${did}.`;
		default:
			if (run.finishReason !== 'fence_closed') {
				return `Cut short, not a whole file: ${did}.`;
			}

			return run.text === original ? `The model changed nothing: ${did}.` : `Done: ${did}.`;
	}
}

/** One sentence on how a race ended. */
export function raceVerdictOf(drafted: EditRun, plain: EditRun, original: string): string {
	if (drafted.state !== 'finished' || plain.state !== 'finished') {
		return `${verdictOf(drafted, original)} Plain decoding: ${verdictOf(plain, original)}`;
	}

	const factor = plain.figures().elapsedMs / Math.max(1, drafted.figures().elapsedMs);
	const texts =
		drafted.text === plain.text ? 'the same text, character for character' : 'but the texts differ';
	return `${shortNumber(factor)} times as fast, ${texts}.`;
}
