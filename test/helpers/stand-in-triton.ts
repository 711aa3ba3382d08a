import {
	Server,
	ServerCredentials,
	type ServerUnaryCall,
	type sendUnaryData,
	type status,
} from '@grpc/grpc-js';
import type {ExecutionContext} from 'ava';
import type {ModelInferRequest__Output} from '../../src/protos/generated/inference/ModelInferRequest.ts';
import type {ModelInferResponse} from '../../src/protos/generated/inference/ModelInferResponse.ts';
import {loadProto} from '../../src/protos/load-proto.ts';

/** What a step is answered with: tensors, or the status that Triton would end the call with. */
export type StepAnswer = ModelInferResponse | {readonly code: status; readonly details: string};

/** A server that speaks Triton's protocol and answers as a test tells it to, without a model. */
export interface StandInTriton {
	readonly address: string;
	/** Whether Triton says that its model is ready. */
	isReady: boolean;
	/** Answers a ModelInfer. */
	answer: (request: ModelInferRequest__Output) => StepAnswer;
	/** Every ModelInfer so far. */
	readonly steps: ModelInferRequest__Output[];
	stop(): void;
}

/** Tensors of an answer in the shape that the engine gives them. */
export function int32(name: string, values: readonly number[]) {
	return {
		name,
		datatype: 'INT32',
		shape: [1, values.length],
		bytes: Buffer.from(Int32Array.from(values).buffer),
	};
}

/** @see int32 */
export function float32(name: string, values: readonly number[]) {
	return {
		name,
		datatype: 'FP32',
		shape: [1, values.length],
		bytes: Buffer.from(Float32Array.from(values).buffer),
	};
}

export function tensors(...outputs: readonly ReturnType<typeof int32>[]): ModelInferResponse {
	return {
		outputs: outputs.map(({name, datatype, shape}) => ({name, datatype, shape})),
		rawOutputContents: outputs.map(({bytes}) => bytes),
	};
}

/**
 * The answer of a model whose next token is always 7, after each of `numPositions` tokens.
 * @param kvTokens free tokens of its KV cache and all of them; left out by a model that does not tell
 */
export function sevens(numPositions: number, kvTokens?: readonly [number, number]): ModelInferResponse {
	return tensors(
		int32('ARGMAX', Array(numPositions).fill(7)),
		float32('MARGIN', Array(numPositions).fill(1)),
		float32('PASS_MS', [3]),
		int32('PACKED', [numPositions]),
		...(kvTokens ? [int32('KV_TOKENS', kvTokens)] : []),
	);
}

export async function startStandInTriton(
	t: ExecutionContext,
	address = '127.0.0.1:0',
): Promise<StandInTriton> {
	const service = loadProto('inference.proto')['inference.GRPCInferenceService'];
	const server = new Server();
	const triton: StandInTriton = {
		address: '',
		isReady: true,
		answer: () => sevens(1),
		steps: [],
		stop: () => server.forceShutdown(),
	};
	const reply = <Response>(answer: () => Response, callback: sendUnaryData<Response>) => {
		const response = answer();
		if (response && typeof response === 'object' && 'code' in response) {
			callback(response as never);
		} else {
			callback(null, response);
		}
	};
	server.addService(service as never, {
		modelReady: (_: unknown, callback: sendUnaryData<object>) => callback(null, {ready: triton.isReady}),
		modelInfer: (
			{request}: ServerUnaryCall<ModelInferRequest__Output, object>,
			callback: sendUnaryData<object>,
		) => {
			triton.steps.push(request);
			reply(() => triton.answer(request), callback);
		},
	});
	const port = await new Promise<number>((resolve, reject) => {
		server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) =>
			error ? reject(error) : resolve(bound),
		);
	});
	t.teardown(triton.stop);
	return Object.assign(triton, {address: `127.0.0.1:${port}`});
}
