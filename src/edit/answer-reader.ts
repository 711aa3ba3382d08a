import type {StopRule, TokenSource} from '../speculation/speculative-editor.ts';
import type {StreamDecoder} from '../tokenizer/stream-decoder.ts';
import type {FencedText} from './fence.ts';

/** A piece of a delta's text with its source; half-open, in UTF-16 code units of that text. */
export interface SourceSpan {
	readonly start: number;
	readonly end: number;
	readonly source: TokenSource;
}

/** Finds the end of the answer in its text: a closing fence, or a string that the caller named. */
export interface ContentReader {
	push(piece: string): FencedText;
	/** The model ended its answer: what was held back is content after all, or the end of it. */
	end(): FencedText;
	/** The output was cut short: what was held back may have become the end, and is given only where that may be. */
	cut(): FencedText;
}

export interface AnswerText {
	readonly text: string;
	readonly spans: readonly SourceSpan[];
}

export type StopReason = 'fence_closed' | 'stop';

/**
 * Turns emitted tokens into the text of the edited file: decodes, and ends the answer at the closing fence or
 * at an end token. Text that may still turn out to be the closing fence is held back, so that an answer that is cut
 * short anywhere is the start of the whole one.
 */
export class AnswerReader implements StopRule {
	readonly #decoder: StreamDecoder;
	readonly #content: ContentReader;
	readonly #stopTokens: ReadonlySet<number>;
	/** Decoded length of each token whose source is not known yet. */
	#lengths: number[] = [];
	/** Runs of decoded text, in order, of which `#text` is the part that left the fence reader. */
	#runs: {length: number; source: TokenSource}[] = [];
	#text = '';
	#stopReason: StopReason | undefined;

	constructor(decoder: StreamDecoder, content: ContentReader, stopTokens: ReadonlySet<number>) {
		this.#decoder = decoder;
		this.#content = content;
		this.#stopTokens = stopTokens;
	}

	/** Why the answer is complete; undefined while it is not. */
	get stopReason(): StopReason | undefined {
		return this.#stopReason;
	}

	ends(token: number): boolean {
		if (this.#stopTokens.has(token)) {
			this.#lengths.push(this.#finish());
			this.#stopReason ??= 'stop';
			return true;
		}

		this.#lengths.push(this.#push(this.#decoder.push([token])));
		return this.#stopReason !== undefined;
	}

	/** The answer was cut short: half a character at its end is left out, and so is what may be half a fence. */
	cut(): void {
		this.#text += this.#content.cut().text;
	}

	/**
	 * The text that became certain since the last call.
	 * @param sources of the tokens that `ends` saw since the last call, in order
	 */
	take(sources: readonly TokenSource[]): AnswerText {
		for (const [i, source] of sources.entries()) {
			this.#runs.push({length: this.#lengths[i] ?? 0, source});
		}

		this.#lengths = this.#lengths.slice(sources.length);
		const text = this.#text;
		this.#text = '';
		return {text, spans: this.#spans(text.length)};
	}

	#finish(): number {
		const length = this.#push(this.#decoder.flush());
		this.#read(this.#content.end());
		return length;
	}

	#push(piece: string): number {
		this.#read(this.#content.push(piece));
		return piece.length;
	}

	#read({text, closed}: {text: string; closed: boolean}): void {
		this.#text += text;
		if (closed) {
			this.#stopReason = 'fence_closed';
		}
	}

	#spans(length: number): SourceSpan[] {
		const spans: SourceSpan[] = [];
		let start = 0;
		while (start < length && this.#runs.length > 0) {
			const run = this.#runs[0]!;
			const taken = Math.min(run.length, length - start);
			if (taken > 0) {
				addSpan(spans, {start, end: start + taken, source: run.source});
			}

			start += taken;
			run.length -= taken;
			if (run.length === 0) {
				this.#runs.shift();
			}
		}

		return spans;
	}
}

function addSpan(spans: SourceSpan[], span: SourceSpan): void {
	const last = spans.at(-1);
	if (last?.source === span.source) {
		spans[spans.length - 1] = {...last, end: span.end};
	} else {
		spans.push(span);
	}
}
