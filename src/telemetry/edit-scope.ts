import {AsyncLocalStorage} from 'node:async_hooks';

/** W3C trace context as headers, `traceparent` and `tracestate`; empty where nothing is traced. */
export type TraceHeaders = Readonly<Record<string, string>>;

/** What the log lines and the outgoing calls of one edit carry. */
export interface EditScope {
	readonly editId: string;
	/** 32 hexadecimal digits; undefined where nothing is traced. */
	readonly traceId: string | undefined;
	/** The span that is open now, as a call to another server names its parent. */
	traceHeaders(): TraceHeaders;
}

const storage = new AsyncLocalStorage<EditScope>();

/** The edit that the calling code works for, through all its awaits. */
export function currentScope(): EditScope | undefined {
	return storage.getStore();
}

/** Runs each step of a generator in the scope: a generator's body otherwise runs in the scope of who pulls. */
export async function* inScope<Item>(
	scope: EditScope,
	items: AsyncGenerator<Item, void>,
): AsyncGenerator<Item, void> {
	try {
		for (;;) {
			const {value, done} = await storage.run(scope, () => items.next());
			if (done) {
				return;
			}

			yield value;
		}
	} finally {
		await storage.run(scope, () => items.return());
	}
}
