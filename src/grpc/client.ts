import {setTimeout as delay} from 'node:timers/promises';
import {
	type CallOptions,
	type ChannelCredentials,
	credentials,
	loadPackageDefinition,
	Metadata,
	type ServiceError,
	status,
} from '@grpc/grpc-js';
import {hostOf} from '../addresses/host-port.ts';
import type {RedraftClient as Stub} from '../protos/generated/redraft/v1/Redraft.ts';
import type {ProtoGrpcType} from '../protos/generated/redraft.ts';
import {loadProto} from '../protos/load-proto.ts';
import type {
	ApplyEditRequest,
	ApplyEditResponse,
	EditDelta,
	EditResult,
	EditStarted,
	LineOperation,
} from './client-messages.ts';
import {type RetryPolicy, retryWaitMs} from './retry-policy.ts';

export type * from './client-messages.ts';

const definition = loadProto('redraft/v1/redraft.proto');
const channelOptions = {
	'grpc.max_receive_message_length': -1,
	'grpc.max_send_message_length': -1,
};

/** How a client shows who it is, and whom it trusts. */
export interface ClientSecurity {
	/** TLS, by the authorities that this machine trusts. Without it and without `ca`: plaintext. */
	readonly tls?: boolean;
	/** Certificate of the authority that signed the server's, in PEM; speaks TLS. */
	readonly ca?: Buffer;
	/** Certificate and key that the server asks for, in PEM. */
	readonly certificate?: Buffer;
	readonly privateKey?: Buffer;
	/** Bearer token, sent with each call. */
	readonly token?: string;
}

export interface ClientOptions extends ClientSecurity, RetryPolicy {}

export interface CallLimits {
	/** Aborting it cancels the edit, which then fails with CANCELLED. */
	readonly signal?: AbortSignal;
	/** Time for the whole edit, all attempts together; then it fails with DEADLINE_EXCEEDED. @default none */
	readonly timeoutMs?: number;
}

/** A client of the service over one channel. Failures are grpc-js `ServiceError`s. */
export class RedraftClient {
	readonly #stub: Stub;
	readonly #options: ClientOptions;

	/** @param address `host:port` */
	constructor(address: string, options: ClientOptions = {}) {
		const {redraft} = loadPackageDefinition(definition) as unknown as ProtoGrpcType;
		this.#stub = new redraft.v1.Redraft(address, channelCredentials(options), {
			...channelOptions,
			...(isLoopback(address) && {'grpc.enable_http_proxy': 0}),
		});
		this.#options = options;
	}

	/**
	 * Messages as they come. Breaking off the iteration or aborting the signal cancels the edit. A call that failed
	 * before the first delta is made again as the client's policy says; `queued` and `started` then come once more.
	 */
	async *stream(
		request: ApplyEditRequest,
		{signal, timeoutMs = Number.POSITIVE_INFINITY}: CallLimits = {},
	): AsyncGenerator<ApplyEditResponse, void> {
		const deadline = Date.now() + timeoutMs;
		for (let attempt = 1, hasDelta = false; ; attempt++) {
			try {
				for await (const message of this.#attempt(request, deadline, signal)) {
					hasDelta ||= message.event === 'delta';
					yield message;
				}

				return;
			} catch (error) {
				const canRepeat = isServiceError(error) && !hasDelta && !signal?.aborted;
				const waitMs = canRepeat ? retryWaitMs(error, attempt, this.#options) : undefined;
				if (waitMs === undefined || Date.now() + waitMs >= deadline) {
					throw error;
				}

				// An edit that is aborted meanwhile fails as any other: by the call that is cancelled at its start.
				await delay(waitMs, undefined, {signal}).catch(() => {});
			}
		}
	}

	/**
	 * Runs an edit to its end.
	 * @param options `onDelta` is told of each piece of text as it comes
	 */
	async edit(
		request: ApplyEditRequest,
		options: CallLimits & {readonly onDelta?: (delta: EditDelta) => void} = {},
	): Promise<EditResult> {
		let started: EditStarted | undefined;
		let text = '';
		const tokenIds: number[] = [];
		const operations: LineOperation[] = [];
		for await (const message of this.stream(request, options)) {
			switch (message.event) {
				case 'started':
					started = message.started;
					break;
				case 'delta':
					text += message.delta.text;
					tokenIds.push(...message.delta.tokenIds);
					operations.push(...message.delta.operations);
					options.onDelta?.(message.delta);
					break;
				case 'summary':
					return {started: started!, text, tokenIds, operations, summary: message.summary};
			}
		}

		throw Object.assign(new Error('the stream ended before its summary'), {code: status.DATA_LOSS});
	}

	close(): void {
		this.#stub.close();
	}

	async *#attempt(
		request: ApplyEditRequest,
		deadline: number,
		signal: AbortSignal | undefined,
	): AsyncGenerator<ApplyEditResponse, void> {
		const options: CallOptions = Number.isFinite(deadline) ? {deadline} : {};
		const call = this.#stub.applyEdit(request, this.#metadata(), options);
		const cancel = () => call.cancel();
		signal?.addEventListener('abort', cancel, {once: true});
		if (signal?.aborted) {
			cancel();
		}

		try {
			yield* call as AsyncIterable<ApplyEditResponse>;
		} finally {
			signal?.removeEventListener('abort', cancel);
			// A cancelled call still reports its end; nobody is listening any more.
			call.on('error', () => {});
			call.cancel();
		}
	}

	#metadata(): Metadata {
		const metadata = new Metadata();
		if (this.#options.token !== undefined) {
			metadata.set('authorization', `Bearer ${this.#options.token}`);
		}

		return metadata;
	}
}

function channelCredentials({
	ca,
	certificate,
	privateKey,
	tls = ca !== undefined,
}: ClientSecurity): ChannelCredentials {
	return tls
		? credentials.createSsl(ca ?? null, privateKey ?? null, certificate ?? null)
		: credentials.createInsecure();
}

/** No proxy of the environment can reach the machine that it is named on. */
function isLoopback(address: string): boolean {
	const host = hostOf(address);
	return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}

/** True for an error that a gRPC call ended with. */
export function isServiceError(error: unknown): error is ServiceError {
	return error instanceof Error && 'code' in error && 'details' in error;
}

/** What went wrong, in words for a person: for a failed call its status and the reason. */
export function describeError(error: unknown): string {
	if (isServiceError(error)) {
		return `${status[error.code]}: ${error.details}`;
	}

	return error instanceof Error ? error.message : String(error);
}
