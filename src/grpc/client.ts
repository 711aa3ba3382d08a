import {
	type ClientReadableStream,
	credentials,
	loadPackageDefinition,
	type ServiceError,
	status,
} from '@grpc/grpc-js';
import type {EditFigures, TokenSourceCounts} from '../edit/edit-stats.ts';
import {loadProto} from '../protos/load-proto.ts';
import type {ApplyEditRequest} from './apply-edit-request.ts';

export interface EditStarted {
	readonly editId: string;
	readonly model: string;
	readonly promptTokens: number;
}

export interface ProvenanceSpan {
	readonly startByte: number;
	readonly endByte: number;
	readonly source:
		| 'TOKEN_SOURCE_ORIGINAL'
		| 'TOKEN_SOURCE_UPDATE'
		| 'TOKEN_SOURCE_CONTEXT'
		| 'TOKEN_SOURCE_MODEL';
}

export interface EditDelta {
	readonly text: string;
	readonly tokenIds: readonly number[];
	readonly spans: readonly ProvenanceSpan[];
	readonly sources: TokenSourceCounts | null;
}

export interface EditSummary extends EditFigures {
	readonly finishReason: string;
}

/** One message of the stream; `event` names the field that is set. */
export type ApplyEditResponse =
	| {readonly event: 'started'; readonly started: EditStarted}
	| {readonly event: 'delta'; readonly delta: EditDelta}
	| {readonly event: 'summary'; readonly summary: EditSummary};

export interface EditResult {
	readonly started: EditStarted;
	/** The edited file. */
	readonly text: string;
	readonly tokenIds: readonly number[];
	readonly summary: EditSummary;
}

interface Stub {
	applyEdit(request: ApplyEditRequest, options: {deadline?: number}): ClientReadableStream<ApplyEditResponse>;
	close(): void;
}

const definition = loadProto('redraft/v1/redraft.proto');
const unlimited = {'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1};

/** A client of the service over one channel. Failures are grpc-js `ServiceError`s. */
export class RedraftClient {
	readonly #stub: Stub;

	/** @param address `host:port` */
	constructor(address: string) {
		const {redraft} = loadPackageDefinition(definition) as unknown as {
			redraft: {v1: {Redraft: new (...parameters: unknown[]) => Stub}};
		};
		this.#stub = new redraft.v1.Redraft(address, credentials.createInsecure(), unlimited);
	}

	/** Messages as they come. Breaking off the iteration or aborting the signal cancels the edit. */
	async *stream(
		request: ApplyEditRequest,
		{signal, timeoutMs}: {signal?: AbortSignal; timeoutMs?: number} = {},
	): AsyncGenerator<ApplyEditResponse, void> {
		const call = this.#stub.applyEdit(
			request,
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

/** True for an error that a gRPC call ended with. */
export function isServiceError(error: unknown): error is ServiceError {
	return error instanceof Error && 'code' in error && 'details' in error;
}
