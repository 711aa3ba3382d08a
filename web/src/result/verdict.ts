import type {EditRun} from '../edit/edit-run.ts';
import {formatMs, shortNumber} from './figures-view.ts';

/** One sentence on how a run ended. */
export function verdictOf(run: EditRun): string {
	const {numTokens, numPasses, elapsedMs} = run.figures();
	const did = `${numTokens} tokens in ${numPasses} ${numPasses === 1 ? 'pass' : 'passes'}, ${formatMs(elapsedMs)}`;
	switch (run.state) {
		case 'cancelled':
			return `Cancelled after ${did}.`;
		case 'failed':
			return `Broke off after ${did}.`;
		default:
			return run.finishReason === 'length' ? `Cut at the token limit: ${did}.` : `Done: ${did}.`;
	}
}

/** One sentence on how a race ended. */
export function raceVerdictOf(drafted: EditRun, plain: EditRun): string {
	if (drafted.state !== 'finished' || plain.state !== 'finished') {
		return `${verdictOf(drafted)} Plain decoding: ${verdictOf(plain)}`;
	}

	const factor = plain.figures().elapsedMs / Math.max(1, drafted.figures().elapsedMs);
	const texts =
		drafted.text === plain.text ? 'the same text, character for character' : 'but the texts differ';
	return `${shortNumber(factor)} times as fast, ${texts}.`;
}
