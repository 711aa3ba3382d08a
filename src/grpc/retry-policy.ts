import {type ServiceError, status} from '@grpc/grpc-js';

/** When a call that failed is made again. The names are those of gRPC's own policies. */
export interface RetryPolicy {
	/** Calls for one edit, the first included. 1 for none but that. @default 4 */
	readonly maxAttempts?: number;
	/** Longest wait before the second call; it doubles with each further one. @default 500 */
	readonly initialBackoffMs?: number;
	/** Bound on it. @default 5000 */
	readonly maxBackoffMs?: number;
}

const pushbackHeader = 'grpc-retry-pushback-ms';

/**
 * How long to wait before the next attempt at an edit of which nothing was delivered; undefined where it must not be
 * made. UNAVAILABLE may be repeated, at a random time, so that many callers do not come at once. A wait that the
 * server names is kept to, and makes any refusal one that may be repeated; a negative one forbids it.
 * @param attempt number of the one that failed, counted from 1
 * @param random from 0 to 1
 */
export function retryWaitMs(
	error: ServiceError,
	attempt: number,
	{maxAttempts = 4, initialBackoffMs = 500, maxBackoffMs = 5000}: RetryPolicy,
	random: () => number = Math.random,
): number | undefined {
	if (attempt >= maxAttempts) {
		return undefined;
	}

	const [pushback] = error.metadata?.get(pushbackHeader) ?? [];
	if (pushback !== undefined) {
		return /^\d{1,9}$/.test(String(pushback)) ? Number(pushback) : undefined;
	}

	const backoffMs = Math.min(initialBackoffMs * 2 ** (attempt - 1), maxBackoffMs);
	return error.code === status.UNAVAILABLE ? random() * backoffMs : undefined;
}
