import type {Tracing} from './export-spans.ts';

export interface TracingOptions {
	/** Base URL of an OTLP receiver over HTTP; traces go to `/v1/traces` below it. Undefined: nothing is traced. */
	readonly endpoint: string | undefined;
	/** `service.name` of the spans. */
	readonly serviceName: string;
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
