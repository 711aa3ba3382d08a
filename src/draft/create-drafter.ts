/**
 * The drafter of one edit: what the model will write is foreseen once, then followed, lost and found again.
 *
 * Words of this room:
 * - marker: a line of an update that stands for code left out; segment: the lines between two markers
 * - anchor: an original line that a line of the update is; placement: all of them
 * - prediction: the whole answer as foreseen before the first pass, from the original and the update
 * - place: a position between two tokens of the prediction; context: the prompt and what was written so far
 * - reference: what a draft is copied from, the prediction at a place or the context behind an earlier match
 * - piece: the text of one token; shape: its kind, such as a word or a number
 * - lock: the place is certain, and drafts follow the prediction; a mismatch unlocks, and the alignment weighs places
 * - arrival: a place at which copying may go on, with its chance; unit: the word or the line that a replacement ends in
 * - candidate: one way to go on; proposal: a candidate written out; continuation: a stretch of the prediction written out
 * - rename: a word that is written in place of another; site: an offset at which it applies
 * - seam: where the prediction's text goes on inside of a token, because the model wrote the same text in other tokens
 * - leftover: the model's choices behind a rejected draft token
 * - cut: a place behind a word, where a text may be encoded in two parts; slice: work between two chances for others
 */

import {agreeingPrefix} from '../speculation/agreeing-prefix.ts';
import type {Drafter} from '../speculation/drafter.ts';
import {EditDrafter} from './edit-drafter.ts';
import {encodeLines} from './prediction/encode-lines.ts';
import {KnownLines, type TextSpan} from './prediction/known-lines.ts';
import {mergeUpdate} from './prediction/merge-update.ts';
import {type PredictedText, partsOf, unchangedText} from './prediction/predicted-text.ts';
import {Prediction} from './prediction/prediction.ts';
import {runSliced, type Sliced} from './slices.ts';
import {TokenText} from './token-text.ts';
import {ContextModel} from './tracking/context-model.ts';
import {renamesIn} from './tracking/instruction-renames.ts';
import {Tracker} from './tracking/tracker.ts';
import {defaultTuning, type Tuning} from './tuning.ts';
import type {Vocabulary} from './vocabulary.ts';

/** Lines encoded once more after a rename are remembered: the same lines are drafted from pass to pass. */
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
	/** Where the prompt holds the original, so that it needn't be encoded again; absent where it doesn't. */
	readonly originalSpan?: TextSpan | undefined;
	/** Where the prompt holds what the update makes of the original; absent where it doesn't. */
	readonly predictionSpan?: TextSpan | undefined;
	/** What the model writes behind the file, such as a line break and the closing fence; may be empty. */
	readonly closing: string;
	/** Id that ends the answer. */
	readonly endToken: number;
	readonly vocabulary: Vocabulary;
	readonly tuning?: Tuning;
}

/** The drafter of one edit. */
export async function createDrafter(inputs: DraftInputs): Promise<Drafter> {
	return runSliced(buildDrafter(inputs));
}

function* buildDrafter(inputs: DraftInputs): Sliced<Drafter> {
	const {prompt, endToken, vocabulary, tuning = defaultTuning} = inputs;
	const tokenText = TokenText.of(vocabulary);
	const text = yield* predict(inputs);
	const tokens = Int32Array.from([...(yield* encode(text, inputs, tokenText)), endToken]);
	const parts = [...partsOf(text), {text: inputs.closing, source: 'original'} as const];
	const prediction = yield* Prediction.build(tokens, parts, tokenText);
	const context = yield* ContextModel.read(prompt, tokenText, tuning);
	const tracker = new Tracker(prediction, context, tokenText, tuning);
	for (const pair of renamesIn(inputs.instruction ?? '')) {
		tracker.renames.expect(pair);
	}
	const span = spanOf(tokens, inputs);
	return new EditDrafter({tracker, endToken, encode: remembering(vocabulary), span});
}

function* predict({original, update, tuning}: DraftInputs): Sliced<PredictedText> {
	return update?.trim()
		? yield* mergeUpdate(original, update, tuning)
		: unchangedText(original.split('\n'), '\n');
}

function* encode(text: PredictedText, inputs: DraftInputs, tokenText: TokenText): Sliced<number[]> {
	const {original, prompt, originalSpan, closing, vocabulary} = inputs;
	const lines = original.split('\n');
	const known = originalSpan && (yield* KnownLines.read(prompt, originalSpan, lines, tokenText));
	return yield* encodeLines(text, closing, known, line => vocabulary.encode(line));
}

/** Where the prediction stands in the context, if it does. */
function spanOf(
	prediction: Int32Array,
	{prompt, originalSpan, predictionSpan = originalSpan}: DraftInputs,
): {start: number; end: number} {
	const numTokens = prediction.length - looseEnd;
	const start = predictionSpan?.start ?? 0;
	const isThere =
		predictionSpan && agreeingPrefix(prediction, prompt.slice(start, start + numTokens)) === numTokens;
	return isThere ? {start, end: start + numTokens} : {start: 0, end: 0};
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
