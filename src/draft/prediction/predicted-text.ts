import type {PredictedPart} from './prediction.ts';

/** The edited file as predicted before the first pass, in lines. */
export interface PredictedText {
	readonly lines: readonly string[];
	/** Line of the original that each line is, unchanged; -1 for a line of the update. Shape: (lines). */
	readonly originalLines: readonly number[];
	/** Stands between the lines. */
	readonly newline: string;
}

/** The original as it is. */
export function unchangedText(lines: readonly string[], newline: string): PredictedText {
	return {lines, originalLines: lines.map((_, index) => index), newline};
}

/** Lines of one source, joined; the parts joined are the text. */
export function partsOf({lines, originalLines, newline}: PredictedText): PredictedPart[] {
	const parts: PredictedPart[] = [];
	let start = 0;
	for (let index = 1; index <= lines.length; index++) {
		const isUpdate = originalLines[start] === -1;
		if (index < lines.length && (originalLines[index] === -1) === isUpdate) {
			continue;
		}
		const text = lines.slice(start, index).join(newline);
		parts.push({text: start === 0 ? text : newline + text, source: isUpdate ? 'update' : 'original'});
		start = index;
	}
	return parts;
}
