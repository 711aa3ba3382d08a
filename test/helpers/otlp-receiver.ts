import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {buffer} from 'node:stream/consumers';
import type {ExecutionContext} from 'ava';
import protobuf from 'protobufjs';

/** The fields of OpenTelemetry's trace protocol that the tests look at. */
const protocol = `
syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated Attribute attributes = 1; }
message ScopeSpans { repeated Span spans = 2; }
message Span {
	bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
	fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated Attribute attributes = 9; Status status = 15;
}
message Status { int32 code = 3; }
message Attribute { string key = 1; Value value = 2; }
message Value { oneof value { string text = 1; bool flag = 2; int64 whole = 3; double real = 4; } }
`;
const requestType = protobuf.parse(protocol).root.lookupType('Request');

interface Attribute {
	readonly key: string;
	readonly value: Readonly<Record<string, string | number | boolean>>;
}

interface WireSpan {
	readonly traceId: string;
	readonly spanId: string;
	readonly parentSpanId: string;
	readonly name: string;
	readonly kind: number;
	readonly attributes?: readonly Attribute[];
	readonly status?: {readonly code?: number};
}

interface WireRequest {
	readonly resourceSpans: readonly {
		readonly resource: {readonly attributes: readonly Attribute[]};
		readonly scopeSpans: readonly {readonly spans: readonly WireSpan[]}[];
	}[];
}

/** A span as it came, its ids in hexadecimal. */
export interface ReceivedSpan extends Omit<WireSpan, 'attributes'> {
	readonly attributes: Readonly<Record<string, unknown>>;
	readonly resource: Readonly<Record<string, unknown>>;
}

/** A receiver of OpenTelemetry's traces over HTTP. */
export interface OtlpReceiver {
	/** Base URL. */
	readonly endpoint: string;
	readonly spans: readonly ReceivedSpan[];
}

export async function startOtlpReceiver(t: ExecutionContext): Promise<OtlpReceiver> {
	const spans: ReceivedSpan[] = [];
	const server = createServer(async (request, response) => {
		if (request.url === '/v1/traces') {
			spans.push(...read(await buffer(request)));
		}

		response.end();
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.close();
		server.closeAllConnections();
	});
	return {endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans};
}

function read(body: Buffer): ReceivedSpan[] {
	const message = requestType.decode(body);
	const {resourceSpans} = requestType.toObject(message, {bytes: String, longs: Number}) as WireRequest;
	return resourceSpans.flatMap(({resource, scopeSpans}) =>
		scopeSpans
			.flatMap(scope => scope.spans)
			.map(span => ({
				...span,
				traceId: toHex(span.traceId),
				spanId: toHex(span.spanId),
				parentSpanId: toHex(span.parentSpanId ?? ''),
				attributes: toRecord(span.attributes ?? []),
				resource: toRecord(resource.attributes),
			})),
	);
}

function toHex(base64: string): string {
	return Buffer.from(base64, 'base64').toString('hex');
}

function toRecord(attributes: readonly Attribute[]): Record<string, unknown> {
	return Object.fromEntries(attributes.map(({key, value}) => [key, Object.values(value)[0]]));
}
