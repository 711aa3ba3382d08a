import {ClientLimitError} from '../access/client-limits.ts';
import {EditCancelledError, RedraftError} from '../errors/errors.ts';
import type {EditEnd, EditObservation} from '../telemetry/edit-observer.ts';
import {log, stackOf} from '../telemetry/log.ts';
import type {EditEvent} from './edit.ts';

/** Passes the events of an edit on, and tells its observer and the log how it went. */
export async function* watchEdit(
	events: AsyncIterable<EditEvent>,
	observation: EditObservation,
	signal: AbortSignal,
): AsyncGenerator<EditEvent, void> {
	let end: EditEnd | undefined;
	let hasStarted = false;
	try {
		for await (const event of events) {
			hasStarted ||= event.kind !== 'queued';
			tell(event, observation);
			end = event.kind === 'summary' ? {outcome: 'finished'} : undefined;
			yield event;
		}
	} catch (error) {
		end = endOf(signal.aborted ? signal.reason : error, hasStarted);
		throw error;
	} finally {
		// Whoever stops listening before the summary has cancelled, unless the service itself broke it off.
		observation.ended(end ?? endOf(signal.aborted ? signal.reason : new EditCancelledError(), hasStarted));
	}
}

function tell(event: EditEvent, observation: EditObservation): void {
	switch (event.kind) {
		case 'queued':
			break;
		case 'started':
			observation.started(event);
			break;
		case 'delta':
			if (event.text !== '') {
				observation.delivered();
			}

			break;
		case 'summary':
			log('info', 'edit finished', {finishReason: event.finishReason, ...event.figures});
			break;
	}
}

/** The end of an edit that has no summary; writes it down. */
function endOf(error: unknown, hasStarted: boolean): EditEnd {
	const errorName = error instanceof Error ? error.name : typeof error;
	if (error instanceof EditCancelledError) {
		log('info', 'edit finished', {finishReason: 'cancelled'});
		return {outcome: 'cancelled', errorName};
	}

	const refusal = hasStarted ? undefined : refusalOf(error);
	if (refusal !== undefined) {
		log('info', 'edit refused', {refusal});
		return {outcome: 'refused', refusal, errorName};
	}

	// The message of an error of ours is fit for a caller, unless it repeats what the caller sent.
	const isTold = error instanceof RedraftError && error.kind !== 'invalid_argument';
	const level = error instanceof RedraftError && error.kind === 'unavailable' ? 'warning' : 'error';
	log(level, 'edit failed', isTold ? {reason: error.message} : {stack: stackOf(error)});
	return {outcome: 'failed', errorName};
}

function refusalOf(error: unknown): EditEnd['refusal'] {
	switch (error instanceof RedraftError ? error.kind : undefined) {
		case 'invalid_argument':
			return 'invalid';
		case 'resource_exhausted':
			return error instanceof ClientLimitError ? 'rate_limited' : 'queue_full';
		case 'unavailable':
			return 'unavailable';
		default:
			return undefined;
	}
}
