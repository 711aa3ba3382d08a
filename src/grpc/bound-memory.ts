import {
	ServerInterceptingCall,
	type ServerInterceptingCallInterface,
	type ServerInterceptor,
	ServerListenerBuilder,
	status,
} from '@grpc/grpc-js';
import {type RequestMemory, RequestMemoryError, type SettleRequest} from '../edit/request-memory.ts';
import {EditCancelledError} from '../errors/errors.ts';
import {toStatus} from './status.ts';

export interface MemoryBound {
	readonly memory: RequestMemory;
	/** Path of the method whose messages are counted. */
	readonly path: string;
	/** Of one message. */
	readonly maxBytes: number;
	/** How long a message may take once it is read. */
	readonly readTimeoutMs: number;
	readonly onRefused: () => void;
}

/**
 * Reads a message only when there is room for it, and else refuses the call with RESOURCE_EXHAUSTED before anything of
 * it is read. How large a message is shows only when it has come: until then it counts as one of the largest.
 */
export function boundMemory(bound: MemoryBound): ServerInterceptor {
	return (method, call) => {
		if (method.path !== bound.path) {
			return new ServerInterceptingCall(call);
		}

		const ended = new AbortController();
		let settle: SettleRequest = () => {};
		const listener = new ServerListenerBuilder()
			.withOnReceiveMetadata(async (metadata, next) => {
				try {
					settle = await bound.memory.hold(bound.maxBytes, ended.signal);
				} catch (error) {
					refuse(call, error, bound);
					return;
				}

				settle = untilRead(settle, call, bound, ended.signal);
				next(metadata);
			})
			.withOnReceiveMessage((message, next) => {
				settle(sizeOf(message));
				next(message);
			})
			.withOnCancel(() => ended.abort(new EditCancelledError()))
			.build();
		return new ServerInterceptingCall(call, {start: next => next(listener)});
	};
}

/** A caller that falls silent in the middle of its message would hold its room for ever. */
function untilRead(
	settle: SettleRequest,
	call: ServerInterceptingCallInterface,
	{readTimeoutMs}: MemoryBound,
	ended: AbortSignal,
): SettleRequest {
	const timer = setTimeout(() => {
		const details = `message: expected the whole of it within ${readTimeoutMs} ms, got a part`;
		call.sendStatus({code: status.DEADLINE_EXCEEDED, details});
	}, readTimeoutMs);
	ended.addEventListener('abort', () => clearTimeout(timer), {once: true});
	return numBytes => {
		clearTimeout(timer);
		settle(numBytes);
	};
}

function refuse(call: ServerInterceptingCallInterface, error: unknown, {onRefused}: MemoryBound): void {
	if (error instanceof RequestMemoryError) {
		onRefused();
		call.sendStatus(toStatus(error));
	}
}

/** No text has more characters than bytes. */
function sizeOf(message: object): number {
	return Object.values(message).reduce(
		(sum, field) => sum + (typeof field === 'string' ? field.length : 0),
		0,
	);
}
