import {mergeUpdate} from '../draft/prediction/merge-update.ts';
import {runSliced} from '../draft/slices.ts';
import {splitFileEnding} from './prompt.ts';

/**
 * The drafter's prediction for the prompt to show: the model copies it and corrects what the rules placed wrong. Undefined
 * where it would repeat the original or the update.
 * @param original,update as the model reads them
 */
export async function suggestAnswer(
	original: string,
	update: string | undefined,
): Promise<string | undefined> {
	if (update === undefined) {
		return undefined;
	}

	const [text] = splitFileEnding(original);
	const {lines, newline} = await runSliced(mergeUpdate(text, update));
	const merged = lines.join(newline);
	return merged === text || merged === splitFileEnding(update)[0] ? undefined : merged;
}
