import {
	type CallOptions,
	type ChannelCredentials,
	type ClientUnaryCall,
	credentials,
	loadPackageDefinition,
	Metadata,
	type requestCallback,
} from '@grpc/grpc-js';
import type {
	GRPCInferenceServiceClient,
	GRPCInferenceServiceDefinition,
} from '../protos/generated/inference/GRPCInferenceService.ts';
import type {ModelInferRequest} from '../protos/generated/inference/ModelInferRequest.ts';
import type {ModelInferResponse__Output} from '../protos/generated/inference/ModelInferResponse.ts';
import type {ModelReadyResponse__Output} from '../protos/generated/inference/ModelReadyResponse.ts';
import type {ModelStatistics__Output} from '../protos/generated/inference/ModelStatistics.ts';
import type {ModelStatisticsResponse__Output} from '../protos/generated/inference/ModelStatisticsResponse.ts';
import type {ProtoGrpcType} from '../protos/generated/inference.ts';
import {loadProto} from '../protos/load-proto.ts';
import {currentScope} from '../telemetry/edit-scope.ts';
import {type CallLimits, InferCall} from './infer-call.ts';

/** As long as most passes take, and no longer: a call without a request keeps a server from stopping. */
const openIdleMs = 1000;

const definition = loadProto('inference.proto');

/** Triton's gRPC API over one channel. Errors are grpc-js `ServiceError`s, unmapped. */
export class TritonClient {
	/** `host:port`. */
	readonly address: string;
	readonly #stub: GRPCInferenceServiceClient;
	readonly #modelInfer: GRPCInferenceServiceDefinition['ModelInfer'];

	/**
	 * @param address `host:port`
	 * @param maxMessageBytes upper limit on one message in either direction
	 * @param channelCredentials plaintext where left out
	 */
	constructor(
		address: string,
		maxMessageBytes: number,
		channelCredentials: ChannelCredentials = credentials.createInsecure(),
	) {
		this.address = address;
		const {inference} = loadPackageDefinition(definition) as unknown as ProtoGrpcType;
		this.#modelInfer = inference.GRPCInferenceService.service.ModelInfer;
		this.#stub = new inference.GRPCInferenceService(address, channelCredentials, {
			'grpc.max_receive_message_length': maxMessageBytes,
			'grpc.max_send_message_length': maxMessageBytes,
			// A model is a neighbour: a proxy in the environment is meant for the world outside.
			'grpc.enable_http_proxy': 0,
			// A step is not idempotent unless Triton still has the state, so a lost one is for the sequence to repeat.
			'grpc.enable_retries': 0,
			// A node that is switched off says nothing: without pings a step would wait until its time-out.
			'grpc.keepalive_time_ms': 10_000,
			'grpc.keepalive_timeout_ms': 5000,
			'grpc.use_local_subchannel_pool': 1,
			'grpc.initial_reconnect_backoff_ms': 200,
			'grpc.max_reconnect_backoff_ms': 2000,
		});
	}

	/** False where the model is still loading; rejects where the server cannot be reached. */
	async isModelReady(name: string, limits: CallLimits): Promise<boolean> {
		const {ready} = await unary<ModelReadyResponse__Output>(limits, (options, callback) =>
			this.#stub.modelReady({name}, options, callback),
		);
		return ready;
	}

	/**
	 * Opens a call for a request that is still to come.
	 * @param idleMs how long it waits for it
	 * @throws the client is closed
	 */
	openInfer(idleMs = openIdleMs): InferCall {
		const {path, requestSerialize, responseDeserialize} = this.#modelInfer;
		return new InferCall(
			this.#stub.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, traceMetadata()),
			idleMs,
		);
	}

	async infer(request: ModelInferRequest, limits: CallLimits): Promise<ModelInferResponse__Output> {
		return this.openInfer().send(request, limits);
	}

	async statistics(name: string, limits: CallLimits): Promise<ModelStatistics__Output> {
		const {modelStats} = await unary<ModelStatisticsResponse__Output>(limits, (options, callback) =>
			this.#stub.modelStatistics({name}, options, callback),
		);
		return modelStats[0]!;
	}

	close(): void {
		this.#stub.close();
	}
}

/** Lets Triton's spans join the trace of the edit that the step is for. */
function traceMetadata(): Metadata {
	const metadata = new Metadata();
	for (const [name, value] of Object.entries(currentScope()?.traceHeaders() ?? {})) {
		metadata.set(name, value);
	}

	return metadata;
}

async function unary<Response>(
	{timeoutMs, signal}: CallLimits,
	send: (options: CallOptions, callback: requestCallback<Response>) => ClientUnaryCall,
): Promise<Response> {
	signal?.throwIfAborted();
	return new Promise((resolve, reject) => {
		const call = send({deadline: Date.now() + timeoutMs}, (error, response) => {
			signal?.removeEventListener('abort', cancel);
			if (error) {
				reject(error);
			} else {
				resolve(response!);
			}
		});
		const cancel = () => call.cancel();
		signal?.addEventListener('abort', cancel, {once: true});
	});
}
