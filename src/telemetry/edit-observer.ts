import type {TraceHeaders} from './edit-scope.ts';

/** How an edit that was asked for ended. A refused one never reached the model. */
export const editOutcomes = ['finished', 'cancelled', 'refused', 'failed'] as const;
export type EditOutcome = (typeof editOutcomes)[number];

/** Why an edit was refused. */
export const refusalReasons = [
	'invalid',
	'too_large',
	'queue_full',
	'rate_limited',
	'unauthenticated',
	'unavailable',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** Why an edit's sequence went on elsewhere. */
export const moveReasons = ['lost', 'unavailable', 'timeout', 'malformed', 'drained', 'evicted'] as const;
export type MoveReason = (typeof moveReasons)[number];

/** An edit that was asked for. */
export interface EditOrigin {
	readonly editId: string;
	/** The caller's trace context; empty where it sent none. */
	readonly traceHeaders: TraceHeaders;
}

/** What one verify pass did, as far as observers count it. */
export interface ObservedPass {
	/** Source of each emitted token: of the draft, or `model`. */
	readonly sources: readonly string[];
	/** Source of each draft token sent, over all branches. */
	readonly draftSources: readonly string[];
	/** How many of the emitted tokens were draft tokens. */
	readonly acceptedTokens: number;
	/** Time of the model pass itself. */
	readonly passMs: number;
	/** Time between sending the step and its answer that was not spent in the pass. */
	readonly queueMs: number;
}

export interface EditEnd {
	readonly outcome: EditOutcome;
	/** Only where it was refused. */
	readonly refusal?: RefusalReason | undefined;
	/** Class of the error that ended it. */
	readonly errorName?: string | undefined;
}

/** Told of all edits of a service, by the edits themselves. Its methods return at once and never throw. */
export interface EditObserver {
	/** A call was refused before it became an edit. */
	refused(reason: RefusalReason): void;
	/** An edit was asked for. Exactly one `ended` of what is returned follows. */
	began(origin: EditOrigin): EditObservation;
}

/** Told of one edit, in the order of the methods. */
export interface EditObservation {
	/** Undefined where nothing is traced. */
	readonly traceId: string | undefined;
	traceHeaders(): TraceHeaders;
	/** It waits for a place. Left out where there was one. */
	queued(): void;
	/** It has its place. */
	admitted(): void;
	/** Its prompt is made; the model reads it next. */
	started(edit: {readonly model: string; readonly promptTokens: number}): void;
	passBegan(): void;
	passEnded(pass: ObservedPass): void;
	/** Its sequence goes on elsewhere. */
	moved(reason: MoveReason): void;
	/** A piece of text is on its way to the caller. */
	delivered(): void;
	/** Last call; whatever was open is closed by it. */
	ended(end: EditEnd): void;
}

/** Told of the Tritons that serve a service's edits. An address is `host:port`. */
export interface TritonObserver {
	tritonReady(address: string, isReady: boolean): void;
	/** The address is no longer among those in use. */
	tritonGone(address: string): void;
	openSequences(address: string, count: number): void;
	/** Tokens of its KV cache that open edits may take, of all that it has; not told where the model does not tell. */
	kvTokens(address: string, reserved: number, total: number): void;
}
