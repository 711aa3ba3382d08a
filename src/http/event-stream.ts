import {setTimeout as delay} from 'node:timers/promises';

/** Proxies cut connections on which nothing comes for a minute. */
const keepAliveMs = 15_000;

export const eventStreamHeaders = {
	'content-type': 'text/event-stream; charset=utf-8',
	'cache-control': 'no-cache, no-transform',
	'x-accel-buffering': 'no',
};

/** One server-sent event. */
export function dataEvent(data: unknown): string {
	return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

/**
 * The events as a body. One is pulled only when the transport has taken the one before, so that a slow reader holds
 * memory for one; a comment goes out where none comes for long. A reader that goes away ends the generator.
 */
export function eventStream(events: AsyncGenerator<string, void>): ReadableStream<Uint8Array> {
	const encoder = new TextEncoder();
	let pending: Promise<IteratorResult<string, void>> | undefined;
	const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
		pending ??= events.next();
		const next = await firstWithin(pending, keepAliveMs);
		if (next === undefined) {
			controller.enqueue(encoder.encode(': keep-alive\n\n'));
			return;
		}

		pending = undefined;
		if (next.done) {
			controller.close();
		} else {
			controller.enqueue(encoder.encode(next.value));
		}
	};
	const cancel = async () => {
		await events.return();
	};
	return new ReadableStream({pull, cancel}, {highWaterMark: 0});
}

async function firstWithin<Value>(promise: Promise<Value>, timeoutMs: number): Promise<Value | undefined> {
	const timer = new AbortController();
	const timeout = delay(timeoutMs, undefined, {signal: timer.signal, ref: false}).catch(() => undefined);
	try {
		return await Promise.race([promise, timeout]);
	} finally {
		timer.abort();
	}
}
