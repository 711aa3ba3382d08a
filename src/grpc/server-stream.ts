import {once} from 'node:events';
import {type ServerWritableStream, status} from '@grpc/grpc-js';
import {EditCancelledError} from '../errors/errors.ts';
import {log, stackOf} from '../telemetry/log.ts';
import {toStatus} from './status.ts';

/**
 * Serves a server-streaming call from an async generator: pulls a message only when the transport has taken the
 * one before (so that a slow reader holds memory for one message), aborts the signal when the caller is gone,
 * and ends the call with exactly one status. Resolves when the transport has taken everything.
 */
export async function serveStream<Request, Response>(
	call: ServerWritableStream<Request, Response>,
	generate: (request: Request, signal: AbortSignal) => AsyncIterable<Response>,
	shutdown: AbortSignal,
): Promise<void> {
	const cancelled = new AbortController();
	call.once('cancelled', () => cancelled.abort(new EditCancelledError()));
	call.once('close', () => cancelled.abort(new EditCancelledError()));
	const signal = AbortSignal.any([cancelled.signal, shutdown]);
	try {
		for await (const message of generate(call.request, signal)) {
			signal.throwIfAborted();
			if (!call.write(message)) {
				await once(call, 'drain', {signal});
			}
		}

		call.end();
		// What a slow reader has not taken yet is no less a part of the answer.
		if (!call.writableFinished) {
			await once(call, 'finish', {signal});
		}
	} catch (error) {
		fail(call, signal.aborted ? signal.reason : error);
	}
}

function fail(call: ServerWritableStream<unknown, unknown>, error: unknown): void {
	if (error instanceof EditCancelledError) {
		return;
	}

	const told = toStatus(error);
	const {code} = told;
	// The details may repeat what the caller sent: they are for the caller alone.
	const {name} = error as Error;
	if (code === status.INTERNAL) {
		log('error', 'call failed', {path: call.getPath(), code: status[code], stack: stackOf(error)});
	} else {
		log('info', 'call refused', {path: call.getPath(), code: status[code], error: name});
	}

	call.emit('error', told);
}
