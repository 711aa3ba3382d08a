import type {ModelInferRequest} from '../protos/generated/inference/ModelInferRequest.ts';
import type {ModelInferResponse__Output} from '../protos/generated/inference/ModelInferResponse.ts';
import {SequenceLostError} from '../speculation/verifier-errors.ts';

/** The part of a ModelInfer response that holds tensors. */
export type OutputTensors = Pick<ModelInferResponse__Output, 'outputs' | 'rawOutputContents'>;

/** Named tensors of a ModelInfer request. Every one gets the shape (1, length): a sequence has batch size 1. */
export function packInt32(
	tensors: Record<string, readonly number[]>,
): Required<Pick<ModelInferRequest, 'inputs' | 'rawInputContents'>> {
	const entries = Object.entries(tensors);
	return {
		inputs: entries.map(([name, values]) => ({name, datatype: 'INT32', shape: [1, values.length]})),
		rawInputContents: entries.map(([, values]) => littleEndian(values)),
	};
}

function littleEndian(values: readonly number[]): Buffer {
	const buffer = Buffer.alloc(values.length * 4);
	for (const [i, value] of values.entries()) {
		buffer.writeInt32LE(value, i * 4);
	}

	return buffer;
}

/** Whether the model answers with an output of this name. */
export function hasOutput({outputs}: OutputTensors, name: string): boolean {
	return outputs.some(output => output.name === name);
}

/**
 * One INT32 output tensor.
 * @throws {SequenceLostError} the response lacks it or its bytes do not fit its shape
 */
export function unpackInt32(response: OutputTensors, name: string): Int32Array {
	const bytes = rawOutput(response, name, 'INT32');
	return Int32Array.from({length: bytes.length / 4}, (_, i) => bytes.readInt32LE(i * 4));
}

/**
 * One FP32 output tensor.
 * @throws {SequenceLostError} the response lacks it or its bytes do not fit its shape
 */
export function unpackFloat32(response: OutputTensors, name: string): Float32Array {
	const bytes = rawOutput(response, name, 'FP32');
	return Float32Array.from({length: bytes.length / 4}, (_, i) => bytes.readFloatLE(i * 4));
}

function rawOutput(response: OutputTensors, name: string, datatype: string): Buffer {
	const index = response.outputs.findIndex(output => output.name === name);
	const output = response.outputs[index];
	if (output?.datatype !== datatype) {
		throw new SequenceLostError(
			`output ${name}: expected ${datatype}, got ${output?.datatype ?? 'nothing'}`,
			'malformed',
		);
	}

	const bytes = response.rawOutputContents[index] ?? Buffer.alloc(0);
	const expectedBytes = 4 * output.shape.reduce((product, size) => product * Number(size), 1);
	if (bytes.length !== expectedBytes) {
		throw new SequenceLostError(
			`output ${name}: expected ${expectedBytes} bytes, got ${bytes.length}`,
			'malformed',
		);
	}

	return bytes;
}
