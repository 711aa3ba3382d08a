import type {HttpBindings} from '@hono/node-server';
import type {Context, Hono} from 'hono';
import type {ClientTokens} from '../access/client-tokens.ts';
import type {ReloadedFiles} from '../access/reloaded-files.ts';
import type {Admission, Caller} from '../edit/admission.ts';
import type {AnswerRequest} from '../edit/answer-request.ts';
import type {EditEvent} from '../edit/edit.ts';
import type {RequestMemory, SettleRequest} from '../edit/request-memory.ts';
import {EditCancelledError} from '../errors/errors.ts';
import type {EditObserver} from '../telemetry/edit-observer.ts';
import {log, stackOf} from '../telemetry/log.ts';
import {dataEvent, eventStream, eventStreamHeaders} from './event-stream.ts';
import {toHttpFailure} from './http-error.ts';

/** What the server knows of a call beside its request. */
export interface HttpEnvironment {
	readonly Bindings: HttpBindings;
	readonly Variables: {caller: Caller};
}

export type HttpApp = Hono<HttpEnvironment>;
export type HttpContext = Context<HttpEnvironment>;

/** What the routes share. */
export interface Routes {
	readonly admission: Admission;
	readonly maxRequestBytes: number;
	readonly requestMemory: RequestMemory;
	/** Name of the model that answers. */
	readonly model: string;
	/** Undefined: whoever reaches the port is served. */
	readonly tokens: ReloadedFiles<ClientTokens> | undefined;
	readonly observer: EditObserver;
	/** Ends open answers when the service stops. */
	readonly shutdown: AbortSignal;
}

export type StartedEvent = EditEvent & {readonly kind: 'started'};
export type SummaryEvent = EditEvent & {readonly kind: 'summary'};
type LaterEvent = Exclude<EditEvent, StartedEvent | {readonly kind: 'queued'}>;

/** An answer that the model has begun: what would have refused it is behind. */
export interface OpenAnswer {
	/** The answer is a file, and complete only where its fence was closed. */
	readonly isEdit: boolean;
	readonly started: StartedEvent;
	readonly events: AsyncGenerator<LaterEvent, void>;
}

/**
 * Resolves when there is room for the body, which is free again when the call ends.
 * @throws {RequestMemoryError} there is none
 */
export function holdBody(
	context: HttpContext,
	{requestMemory, maxRequestBytes}: Routes,
): Promise<SettleRequest> {
	const told = Number(context.req.header('content-length') ?? maxRequestBytes);
	return requestMemory.hold(Math.min(told, maxRequestBytes), untilClosed(context));
}

/** Aborts when the call has ended, or its caller is gone. */
function untilClosed(context: HttpContext): AbortSignal {
	const closed = new AbortController();
	context.env.outgoing.once('close', () => closed.abort(new EditCancelledError()));
	return closed.signal;
}

/**
 * Runs a request up to its start, so that a refusal still has its status. A caller that goes away ends the answer.
 * @throws what `toHttpFailure` maps
 */
export async function openAnswer(
	context: HttpContext,
	{admission, shutdown}: Routes,
	request: AnswerRequest,
): Promise<OpenAnswer> {
	const signal = AbortSignal.any([untilClosed(context), shutdown]);
	const events = withReason(admission.run(request, signal, context.get('caller')), signal);
	let {value} = await events.next();
	while (value?.kind === 'queued') {
		({value} = await events.next());
	}

	const isEdit = !('messages' in request);
	return {isEdit, started: value as StartedEvent, events: events as OpenAnswer['events']};
}

/** What was aborted fails with what aborted it, not with what broke off because of it. */
async function* withReason<Item>(
	items: AsyncGenerator<Item, void>,
	signal: AbortSignal,
): AsyncGenerator<Item, void> {
	try {
		yield* items;
	} catch (error) {
		throw signal.aborted ? signal.reason : error;
	}
}

/** Whether an answer ended as the model meant it to. */
export function isComplete({isEdit}: OpenAnswer, {finishReason}: SummaryEvent): boolean {
	return finishReason === 'fence_closed' || (finishReason === 'stop' && !isEdit);
}

/** All text of an answer, and its end. */
export async function wholeAnswer({events}: OpenAnswer): Promise<{text: string; summary: SummaryEvent}> {
	let text = '';
	for await (const event of events) {
		if (event.kind === 'summary') {
			return {text, summary: event};
		}

		text += event.text;
	}

	throw new Error('answer: expected a summary at its end, got none');
}

/**
 * The answer as server-sent events. Once it has begun, its status can't change any more: a failure is an event with
 * an `error`, and nothing follows it, so that no reader takes a cut answer for a whole one.
 */
export function respondWithEvents(context: HttpContext, messages: AsyncGenerator<unknown, void>): Response {
	async function* events(): AsyncGenerator<string, void> {
		try {
			for await (const message of messages) {
				yield dataEvent(message);
			}
		} catch (error) {
			logFailure(context, error);
			yield dataEvent(toHttpFailure(error).body);
		}
	}

	return new Response(eventStream(events()), {headers: eventStreamHeaders});
}

/** A failure as a whole response. */
export function respondWithFailure(context: HttpContext, error: unknown): Response {
	logFailure(context, error);
	const {status, body, retryAfterMs} = toHttpFailure(error);
	return Response.json(body, {
		status,
		headers: {
			...(status === 401 && {'www-authenticate': 'Bearer'}),
			...(retryAfterMs !== undefined && {
				'retry-after': String(Math.ceil(retryAfterMs / 1000)),
				'retry-after-ms': String(retryAfterMs),
			}),
		},
	});
}

function logFailure(context: HttpContext, error: unknown): void {
	const {path} = context.req;
	const {status} = toHttpFailure(error);
	if (status === 500) {
		log('error', 'call failed', {path, status, stack: stackOf(error)});
	} else if (!(error instanceof EditCancelledError)) {
		log('info', 'call refused', {path, status});
	}
}
