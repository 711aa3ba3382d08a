import type {Drafter} from '../speculation/drafter.ts';
import {EditDrafter, type OriginalSpan} from './edit-drafter.ts';
import {mergeUpdate} from './prediction/merge-update.ts';
import {type PredictedPart, Prediction} from './prediction/prediction.ts';
import {TokenText} from './token-text.ts';
import {ContextModel} from './tracking/context-model.ts';
import {renamesIn} from './tracking/instruction-renames.ts';
import {Tracker} from './tracking/tracker.ts';
import {defaultTuning, type Tuning} from './tuning.ts';
import type {Vocabulary} from './vocabulary.ts';

/** Lines encoded once more after a rename are remembered: the same chunk is drafted from pass to pass. */
const maxRememberedLines = 4096;
/** Tokens at the original's end in the prompt that may differ from the draft's, which is followed by other text. */
const looseEnd = 3;

export interface DraftInputs {
	/** The file as it stands in the prompt: its final line ending stripped. */
	readonly original: string;
	/** The update snippet as the caller gave it. */
	readonly update?: string | undefined;
	/** The instruction; renames that it spells out are applied from the start. */
	readonly instruction?: string | undefined;
	/** Ids of the whole prompt, up to and including the line that opens the answer's code block. */
	readonly prompt: readonly number[];
	/** What the model writes behind the file: a newline and the closing fence. */
	readonly closing: string;
	/** Id that ends the answer. */
	readonly endToken: number;
	readonly vocabulary: Vocabulary;
	readonly tuning?: Tuning;
}

/** The drafter of one edit. */
export function createDrafter(inputs: DraftInputs): Drafter {
	const {prompt, endToken, vocabulary, tuning = defaultTuning} = inputs;
	const tokenText = new TokenText(vocabulary);
	const parts = predict(inputs);
	const text = parts.map(part => part.text).join('');
	const tokens = Int32Array.from([...vocabulary.encode(text), endToken]);
	const prediction = new Prediction(tokens, parts, tokenText);
	const context = new ContextModel(tokenText, tuning, prompt);
	const tracker = new Tracker(prediction, context, tokenText, tuning);
	for (const pair of renamesIn(inputs.instruction ?? '')) {
		tracker.renames.expect(pair);
	}
	const originalSpan = findSpan(prompt, tokens.subarray(0, Math.max(0, tokens.length - looseEnd)));
	return new EditDrafter({tracker, endToken, encode: remembering(vocabulary), originalSpan});
}

function predict({original, update, closing, tuning}: DraftInputs): PredictedPart[] {
	const parts: PredictedPart[] = !update?.trim()
		? [{text: original, source: 'original'}]
		: mergeUpdate(original, update, tuning);
	return [...parts, {text: closing, source: 'original'}];
}

function remembering(vocabulary: Vocabulary): (text: string) => readonly number[] {
	const lines = new Map<string, readonly number[]>();
	return text => {
		let tokens = lines.get(text);
		if (!tokens) {
			tokens = vocabulary.encode(text);
			if (lines.size >= maxRememberedLines) {
				lines.clear();
			}
			lines.set(text, tokens);
		}
		return tokens;
	};
}

/** First occurrence of `part` in `tokens`; an empty span where there is none. */
function findSpan(tokens: readonly number[], part: Int32Array): OriginalSpan {
	// Repetitive texts could make the search quadratic: it is given up where it goes on for too long.
	let budget = 8 * tokens.length;
	for (let start = 0; part.length > 0 && start + part.length <= tokens.length && budget > 0; start++) {
		let length = 0;
		while (length < part.length && tokens[start + length] === part[length]) {
			length++;
		}
		if (length === part.length) {
			return {start, end: start + length};
		}
		budget -= length + 1;
	}
	return {start: 0, end: 0};
}
