/** Where a text came from: an accepted draft token's source, or the model itself. */
export type TokenSource = 'original' | 'update' | 'context' | 'model';

export interface SourceSpan {
	readonly start: number;
	readonly end: number;
	readonly source: TokenSource;
}

export interface EditDelta {
	readonly kind: 'delta';
	readonly text: string;
	readonly spans: readonly SourceSpan[];
	readonly numTokens: number;
	readonly draftTokens: number;
	readonly acceptedTokens: number;
}

export type FinishReason = 'stop' | 'fence_closed' | 'length' | 'cancelled';

/** Messages of `POST /v1/edits`. */
export type EditMessage =
	| {readonly kind: 'started'; readonly model: string; readonly promptTokens: number}
	| EditDelta
	| {readonly kind: 'summary'; readonly finishReason: FinishReason};

/** What is to be edited, and how. */
export interface EditInput {
	readonly path: string;
	readonly original: string;
	readonly instruction: string;
	readonly update: string;
}
