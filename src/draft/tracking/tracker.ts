import type {Prediction} from '../prediction/prediction.ts';
import type {TokenText} from '../token-text.ts';
import type {Tuning} from '../tuning.ts';
import {Alignment} from './alignment.ts';
import type {ContextModel} from './context-model.ts';
import {type Rename, Renames} from './renames.ts';
import {findWordPairs, type WordPairs} from './word-pairs.ts';

/** Tokens in a row for which a place must be likely to be certain. */
const lockTokens = 4;
/** The answer begins where the file begins: as sure as a match of so many tokens. */
const startAgreement = 100;
/** Longest agreement that is counted while the place is uncertain. */
const maxAgreement = 64;

/** Longest replacement that is searched for renames, in tokens. */
const maxReplaced = 128;

/** Characters by which a replacement is widened at either end to whole words. */
const maxWordRest = 64;

/** Tokens after which text that is the same in other tokens is no seam any more. */
const maxSeam = 16;

const wordToken = /^[^\p{L}\p{N}_$\n]?[\p{L}\p{N}_$]+$/u;
const wordRest = /^[\p{L}\p{N}_$]+$/u;
const nothing: WordPairs = {pairs: [], numChanges: 0};

/** Keeps the alignment, the context and the renames in step with what is emitted. */
export class Tracker {
	readonly prediction: Prediction;
	readonly context: ContextModel;
	readonly alignment: Alignment;
	readonly renames: Renames;
	readonly #tokenText: TokenText;
	readonly #tuning: Tuning;
	/** Where the prediction was left: the place, and the index in the context of the first token that differs. */
	#mismatch = {place: 0, index: 0};
	#isInWord = false;
	#numCertain = 0;
	#numSinceMismatch = startAgreement;

	constructor(prediction: Prediction, context: ContextModel, tokenText: TokenText, tuning: Tuning) {
		this.prediction = prediction;
		this.context = context;
		this.#tokenText = tokenText;
		this.#tuning = tuning;
		this.alignment = new Alignment(prediction, tuning);
		this.renames = new Renames(prediction, tuning);
	}

	/**
	 * Takes one emitted token.
	 * @param matchLength length of the context match from which it was drafted, if it was
	 */
	push(token: number, matchLength?: number): void {
		if (this.alignment.isLocked) {
			this.#follow(token);
		}
		if (this.alignment.isLocked) {
			this.context.push(token);
		} else {
			this.#search(token, matchLength);
		}
	}

	/** Takes tokens that were drafted from the prediction and accepted, and led to `place`. */
	jump(tokens: readonly number[], place: number): void {
		for (const token of tokens) {
			this.context.push(token);
		}
		this.#numSinceMismatch += tokens.length;
		this.#lock(place);
	}

	/** How many of the last tokens are those before `place` of the prediction. */
	agreementAt(place: number): number {
		if (this.alignment.isLocked) {
			return this.#numSinceMismatch;
		}
		return this.#agreement(place, maxAgreement, maxAgreement);
	}

	/** Renames that would explain the mismatch, if the prediction goes on at `place`. */
	guessesAt(place: number): Rename[] {
		return this.alignment.isLocked ? [] : this.renames.guess(this.#replacement(place), this.#mismatch.place);
	}

	/**
	 * Where the prediction's text goes on, if what was written since the mismatch is its text in other tokens: an offset
	 * in the text. The start of one token proves nothing: a tokenizer would have written the whole token.
	 */
	seam(): number | undefined {
		const numWritten = this.context.length - this.#mismatch.index;
		if (this.alignment.isLocked || numWritten > maxSeam) {
			return undefined;
		}
		const {starts, text} = this.prediction;
		const start = starts[this.#mismatch.place]!;
		const written = this.#tokenText.pieces(this.context.slice(this.#mismatch.index, this.context.length));
		const end = start + written.length;
		return end >= starts[this.#mismatch.place + 1]! && text.startsWith(written, start) ? end : undefined;
	}

	#follow(token: number): void {
		const {place} = this.alignment;
		if (this.prediction.tokens[place] === token) {
			this.alignment.lock(place + 1);
			this.#numSinceMismatch++;
			return;
		}
		this.alignment.unlock();
		this.#mismatch = {place, index: this.context.length};
		this.#numCertain = 0;
	}

	#search(token: number, matchLength: number | undefined): void {
		const piece = this.#tokenText.piece(token);
		const isFirst = this.context.length === this.#mismatch.index;
		this.#isInWord = isFirst ? wordToken.test(piece) : this.#isInWord && wordRest.test(piece);
		const unit = piece.includes('\n') ? 'line' : this.#isInWord ? 'word' : undefined;
		const chance = matchLength ? this.context.chanceOfMatch(matchLength) : this.context.chanceOf(token);
		this.alignment.push(token, chance, unit);
		this.context.push(token);
		this.#numCertain = this.alignment.certainty > this.#tuning.lockCertainty ? this.#numCertain + 1 : 0;
		if (this.#numCertain < lockTokens) {
			return;
		}
		this.#numSinceMismatch = this.#agreement(this.alignment.place, maxAgreement, maxAgreement);
		this.#lock(this.alignment.place);
	}

	#lock(place: number): void {
		if (!this.alignment.isLocked) {
			this.renames.learn(this.#replacement(place), this.#mismatch.place);
		}
		this.alignment.lock(place);
	}

	#agreement(place: number, maxPlaces: number, maxTokens: number): number {
		const {tokens} = this.prediction;
		const limit = Math.min(place, maxPlaces, maxTokens, this.context.length);
		let length = 0;
		while (
			length < limit &&
			tokens[place - 1 - length] === this.context.at(this.context.length - 1 - length)
		) {
			length++;
		}
		return length;
	}

	/** What was written since the mismatch and what stood there, both widened to whole words. */
	#replacement(place: number): WordPairs {
		const from = this.#mismatch;
		const tail = this.#agreement(place, place - from.place, this.context.length - from.index);
		const numReplaced = place - tail - from.place;
		const numWritten = this.context.length - tail - from.index;
		if (numReplaced <= 0 || Math.max(numReplaced, numWritten) > maxReplaced) {
			return nothing;
		}
		const {starts, text} = this.prediction;
		const [start, end] = [starts[from.place]!, starts[place - tail]!];
		const before = text.slice(wordEdge(text, start, -1), start);
		const behind = text.slice(end, wordEdge(text, end, 1));
		const written = this.#tokenText.pieces(this.context.slice(from.index, this.context.length - tail));
		return findWordPairs(before + text.slice(start, end) + behind, before + written + behind);
	}
}

/** Where the word ends that an offset stands in, or how far it was followed, back or ahead. */
function wordEdge(text: string, offset: number, step: -1 | 1): number {
	let edge = offset;
	const next = () => text[step === 1 ? edge : edge - 1] ?? '';
	while (Math.abs(edge - offset) < maxWordRest && wordRest.test(next())) {
		edge += step;
	}
	return edge;
}
