import type {EditDelta, EditInput, FinishReason, SourceSpan} from './edit-messages.ts';
import {type StreamOptions, streamEdit} from './edit-stream.ts';

/** What one pass did. */
export interface Pass {
	readonly draftTokens: number;
	readonly acceptedTokens: number;
	readonly numTokens: number;
}

export interface Figures {
	readonly numTokens: number;
	readonly numPasses: number;
	/** Undefined until the first text has come. */
	readonly firstTextMs: number | undefined;
	readonly elapsedMs: number;
	/** Of the time since the first text. */
	readonly tokensPerSecond: number;
	readonly tokensPerPass: number;
	/** Share of the draft tokens. Undefined where none was sent. */
	readonly acceptedShare: number | undefined;
}

export type RunState = 'running' | 'finished' | 'cancelled' | 'failed';

/** One edit as far as it has come. Views read it once a frame. */
export class EditRun {
	readonly passes: Pass[] = [];
	text = '';
	state: RunState = 'running';
	model: string | undefined;
	finishReason: FinishReason | undefined;
	#spans: SourceSpan[] = [];
	#numTokens = 0;
	#draftTokens = 0;
	#acceptedTokens = 0;
	#firstPassTokens = 0;
	readonly #startMs = performance.now();
	#firstTextMs: number | undefined;
	#endMs: number | undefined;

	/** @throws {EditFailure} the edit was refused, or broke off */
	async follow(input: EditInput, options: StreamOptions): Promise<void> {
		try {
			for await (const message of streamEdit(input, options)) {
				if (message.kind === 'started') {
					this.model = message.model;
				} else if (message.kind === 'delta') {
					this.#add(message);
				} else {
					this.finishReason = message.finishReason;
				}
			}

			this.state = 'finished';
		} catch (error) {
			this.state = options.signal.aborted ? 'cancelled' : 'failed';
			if (this.state === 'failed') {
				throw error;
			}
		} finally {
			this.#endMs = performance.now();
		}
	}

	/** Spans that came since the last call; offsets are those of `text`. */
	takeSpans(): SourceSpan[] {
		const spans = this.#spans;
		this.#spans = [];
		return spans;
	}

	figures(): Figures {
		const nowMs = this.#endMs ?? performance.now();
		const elapsedMs = nowMs - this.#startMs;
		const decodingMs = elapsedMs - (this.#firstTextMs ?? elapsedMs);
		const numPasses = this.passes.length;
		return {
			numTokens: this.#numTokens,
			numPasses,
			firstTextMs: this.#firstTextMs,
			elapsedMs,
			tokensPerSecond: decodingMs > 0 ? (1000 * (this.#numTokens - this.#firstPassTokens)) / decodingMs : 0,
			tokensPerPass: numPasses > 0 ? this.#numTokens / numPasses : 0,
			acceptedShare: this.#draftTokens > 0 ? this.#acceptedTokens / this.#draftTokens : undefined,
		};
	}

	#add({text, spans, numTokens, draftTokens, acceptedTokens}: EditDelta): void {
		const offset = this.text.length;
		for (const {start, end, source} of spans) {
			this.#spans.push({start: offset + start, end: offset + end, source});
		}

		this.text += text;
		if (numTokens === 0) {
			return;
		}

		this.passes.push({draftTokens, acceptedTokens, numTokens});
		this.#numTokens += numTokens;
		this.#draftTokens += draftTokens;
		this.#acceptedTokens += acceptedTokens;
		if (this.#firstTextMs === undefined) {
			this.#firstTextMs = performance.now() - this.#startMs;
			this.#firstPassTokens = numTokens;
		}
	}
}
