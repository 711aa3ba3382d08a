import {setTimeout as delay} from 'node:timers/promises';
import {DiagLogLevel, diag} from '@opentelemetry/api';
import {W3CTraceContextPropagator} from '@opentelemetry/core';
import {OTLPTraceExporter} from '@opentelemetry/exporter-trace-otlp-proto';
import {
	defaultResource,
	detectResources,
	envDetector,
	resourceFromAttributes,
} from '@opentelemetry/resources';
import {BatchSpanProcessor, NodeTracerProvider} from '@opentelemetry/sdk-trace-node';
import type {EditObserver} from '../edit-observer.ts';
import {log} from '../log.ts';
import {EditTracer} from './edit-tracer.ts';

const flushMs = 2000;

export interface Tracing {
	/** Writes the spans of the edits that it is told of. */
	readonly observer: EditObserver;
	/** Sends what is still held, for a bounded time. */
	stop(): Promise<void>;
}

/**
 * Sends spans by OTLP over HTTP in the background. Sampler, resource attributes, headers, timeouts and queue are
 * set by OpenTelemetry's own environment variables. The provider stays local: several services of one process
 * do not share it.
 */
export function exportSpans(endpoint: string, serviceName: string): Tracing {
	logProblems();
	const base = endpoint.endsWith('/') ? endpoint : `${endpoint}/`;
	const url = process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? new URL('v1/traces', base).href;
	const provider = new NodeTracerProvider({
		resource: defaultResource()
			.merge(detectResources({detectors: [envDetector]}))
			.merge(resourceFromAttributes({'service.name': serviceName})),
		spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({url}))],
	});
	return {
		observer: new EditTracer(provider.getTracer('redraft'), new W3CTraceContextPropagator()),
		stop: () => Promise.race([provider.shutdown(), delay(flushMs, undefined, {ref: false})]),
	};
}

/** A receiver that is gone costs its spans and lines in the log, nothing else. */
function logProblems(): void {
	const report = (message: string) => log('warning', 'tracing', {message});
	diag.setLogger(
		{error: report, warn: report, info() {}, debug() {}, verbose() {}},
		{logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true},
	);
}
