import {
	type CallOptions,
	type ClientUnaryCall,
	credentials,
	loadPackageDefinition,
	type ServiceError,
} from '@grpc/grpc-js';
import {loadProto} from '../protos/load-proto.ts';

/** Value of a request parameter, as a oneof. 64-bit integers travel as decimal strings. */
export type InferParameter = {int64Param: string} | {boolParam: boolean} | {stringParam: string};

export interface InferRequest {
	readonly modelName: string;
	readonly id?: string;
	readonly parameters: Record<string, InferParameter>;
	readonly inputs: readonly {name: string; datatype: string; shape: readonly number[]}[];
	readonly rawInputContents: readonly Buffer[];
}

export interface InferResponse {
	readonly outputs: readonly {name: string; datatype: string; shape: readonly string[]}[];
	readonly rawOutputContents: readonly Buffer[];
}

export interface BatchStatistics {
	readonly batchSize: string;
	readonly computeInfer: {count: string; ns: string};
}

export interface ModelStatistics {
	readonly name: string;
	readonly inferenceCount: string;
	readonly executionCount: string;
	readonly batchStats: readonly BatchStatistics[];
}

interface Calls {
	ModelReady: {request: {name: string}; response: {ready: boolean}};
	ModelInfer: {request: InferRequest; response: InferResponse};
	ModelStatistics: {request: {name: string}; response: {modelStats: ModelStatistics[]}};
}

type UnaryMethod<Name extends keyof Calls> = (
	request: Calls[Name]['request'],
	options: CallOptions,
	callback: (error: ServiceError | null, response: Calls[Name]['response']) => void,
) => ClientUnaryCall;

type Stub = {[Name in keyof Calls]: UnaryMethod<Name>} & {close(): void};

export interface CallLimits {
	readonly timeoutMs: number;
	readonly signal?: AbortSignal;
}

const definition = loadProto('inference.proto');

/** Triton's gRPC API over one channel. Errors are grpc-js `ServiceError`s, unmapped. */
export class TritonClient {
	readonly #stub: Stub;

	/**
	 * @param address `host:port`
	 * @param maxMessageBytes upper limit on one message in either direction
	 */
	constructor(address: string, maxMessageBytes: number) {
		const loaded = loadPackageDefinition(definition) as unknown as {
			inference: {GRPCInferenceService: new (...arguments_: unknown[]) => Stub};
		};
		this.#stub = new loaded.inference.GRPCInferenceService(address, credentials.createInsecure(), {
			'grpc.max_receive_message_length': maxMessageBytes,
			'grpc.max_send_message_length': maxMessageBytes,
			'grpc.initial_reconnect_backoff_ms': 200,
			'grpc.max_reconnect_backoff_ms': 2000,
		});
	}

	/** False where the model is still loading; rejects where the server cannot be reached. */
	async isModelReady(name: string, limits: CallLimits): Promise<boolean> {
		const {ready} = await this.#call('ModelReady', {name}, limits);
		return ready;
	}

	async infer(request: InferRequest, limits: CallLimits): Promise<InferResponse> {
		return this.#call('ModelInfer', request, limits);
	}

	async statistics(name: string, limits: CallLimits): Promise<ModelStatistics> {
		const {modelStats} = await this.#call('ModelStatistics', {name}, limits);
		return modelStats[0]!;
	}

	close(): void {
		this.#stub.close();
	}

	async #call<Name extends keyof Calls>(
		method: Name,
		request: Calls[Name]['request'],
		{timeoutMs, signal}: CallLimits,
	): Promise<Calls[Name]['response']> {
		signal?.throwIfAborted();
		return new Promise((resolve, reject) => {
			const send = this.#stub[method].bind(this.#stub) as unknown as UnaryMethod<Name>;
			const call = send(request, {deadline: Date.now() + timeoutMs}, (error, response) => {
				signal?.removeEventListener('abort', cancel);
				if (error) {
					reject(error);
				} else {
					resolve(response);
				}
			});
			const cancel = () => call.cancel();
			signal?.addEventListener('abort', cancel, {once: true});
		});
	}
}
