import {credentials, loadPackageDefinition, Metadata, type ServiceError, status} from '@grpc/grpc-js';
import {hostOf} from '../addresses/host-port.ts';
import type {ApplyEditRequest as WireRequest} from '../protos/generated/redraft/v1/ApplyEditRequest.ts';
import type {ApplyEditResponse__Output} from '../protos/generated/redraft/v1/ApplyEditResponse.ts';
import type {EditDelta__Output} from '../protos/generated/redraft/v1/EditDelta.ts';
import type {EditStarted__Output} from '../protos/generated/redraft/v1/EditStarted.ts';
import type {EditSummary__Output} from '../protos/generated/redraft/v1/EditSummary.ts';
import type {RedraftClient as Stub} from '../protos/generated/redraft/v1/Redraft.ts';
import type {ProtoGrpcType} from '../protos/generated/redraft.ts';
import {loadProto} from '../protos/load-proto.ts';

/** A request in which nothing is missing that every edit needs. */
export type ApplyEditRequest = WireRequest & Required<Pick<WireRequest, 'original' | 'instruction'>>;

export type EditStarted = EditStarted__Output;
export type EditDelta = EditDelta__Output;
export type EditSummary = EditSummary__Output;

/** Messages of the stream in which one field is set. */
type EventMessage<Name extends 'started' | 'delta' | 'summary'> = {readonly event: Name} & {
	readonly [Field in Name]: NonNullable<ApplyEditResponse__Output[Field]>;
};

/** One message of the stream; `event` names the field that is set. */
export type ApplyEditResponse = EventMessage<'started'> | EventMessage<'delta'> | EventMessage<'summary'>;

export interface EditResult {
	readonly started: EditStarted;
	/** The edited file. */
	readonly text: string;
	readonly tokenIds: readonly number[];
	readonly summary: EditSummary;
}

const definition = loadProto('redraft/v1/redraft.proto');
const unlimited = {'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1};

/** How a client shows who it is, and whom it trusts. */
export interface ClientSecurity {
	/** Certificate of the authority that signed the server's, in PEM. Undefined: plaintext. */
	readonly ca?: Buffer;
	/** Certificate and key that the server asks for, in PEM. */
	readonly certificate?: Buffer;
	readonly privateKey?: Buffer;
	/** Bearer token, sent with each call. */
	readonly token?: string;
}

/** A client of the service over one channel. Failures are grpc-js `ServiceError`s. */
export class RedraftClient {
	readonly #stub: Stub;
	readonly #token: string | undefined;

	/** @param address `host:port` */
	constructor(address: string, {ca, certificate, privateKey, token}: ClientSecurity = {}) {
		const {redraft} = loadPackageDefinition(definition) as unknown as ProtoGrpcType;
		const channelCredentials =
			ca === undefined ? credentials.createInsecure() : credentials.createSsl(ca, privateKey, certificate);
		this.#stub = new redraft.v1.Redraft(address, channelCredentials, {
			...unlimited,
			...(isLoopback(address) && {'grpc.enable_http_proxy': 0}),
		});
		this.#token = token;
	}

	/** Messages as they come. Breaking off the iteration or aborting the signal cancels the edit. */
	async *stream(
		request: ApplyEditRequest,
		{signal, timeoutMs}: {signal?: AbortSignal; timeoutMs?: number} = {},
	): AsyncGenerator<ApplyEditResponse, void> {
		const metadata = new Metadata();
		if (this.#token !== undefined) {
			metadata.set('authorization', `Bearer ${this.#token}`);
		}

		const call = this.#stub.applyEdit(
			request,
			metadata,
			timeoutMs === undefined ? {} : {deadline: Date.now() + timeoutMs},
		);
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

	/**
	 * Runs an edit to its end.
	 * @param onDelta is told of each piece of text as it comes
	 */
	async edit(
		request: ApplyEditRequest,
		options: {signal?: AbortSignal; timeoutMs?: number; onDelta?: (delta: EditDelta) => void} = {},
	): Promise<EditResult> {
		let started: EditStarted | undefined;
		let text = '';
		const tokenIds: number[] = [];
		for await (const message of this.stream(request, options)) {
			switch (message.event) {
				case 'started':
					started = message.started;
					break;
				case 'delta':
					text += message.delta.text;
					tokenIds.push(...message.delta.tokenIds);
					options.onDelta?.(message.delta);
					break;
				case 'summary':
					return {started: started!, text, tokenIds, summary: message.summary};
			}
		}

		throw Object.assign(new Error('the stream ended before its summary'), {code: status.DATA_LOSS});
	}

	close(): void {
		this.#stub.close();
	}
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
