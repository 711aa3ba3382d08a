import type {EditObserver} from '../edit-observer.ts';

export interface TracingOptions {
	/** Base URL of an OTLP receiver over HTTP; traces go to `/v1/traces` below it. Undefined: nothing is traced. */
	readonly endpoint: string | undefined;
	/** `service.name` of the spans. */
	readonly serviceName: string;
}

export interface Tracing {
	/** Writes the spans of the edits that it is told of. */
	readonly observer: EditObserver;
	/** Sends what is still held, for a bounded time. */
	stop(): Promise<void>;
}

/** Starts tracing where an endpoint is set; without one, nothing of OpenTelemetry is even loaded. */
export async function startTracing(options: TracingOptions): Promise<Tracing | undefined> {
	const {endpoint, serviceName} = options;
	if (endpoint === undefined || process.env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') {
		return undefined;
	}

	const {exportSpans} = await import('./export-spans.ts');
	return exportSpans(endpoint, serviceName);
}
