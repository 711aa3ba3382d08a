import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {EmbeddedTritonOptions} from '../../src/embedded/embedded-triton.ts';
import {defaultCacheDirectory} from '../../src/embedded/machine/paths.ts';
import {ensurePythonEnvironment} from '../../src/embedded/python/python-environment.ts';
import type {EmbeddedTriton} from '../../src/embedded/running-triton.ts';
import {ensureTritonDistribution} from '../../src/embedded/triton-distribution.ts';
import {temporaryDirectory} from './support.ts';

const config = (name: string) => `
name: "${name}"
backend: "python"
max_batch_size: 0
input [{name: "IN" data_type: TYPE_INT32 dims: [-1]}]
output [{name: "OUT" data_type: TYPE_INT32 dims: [-1]}]
instance_group [{kind: KIND_CPU count: 1}]
`;

/** Returns its input plus the number in an environment variable, which proves that both arrive. */
const identityModel = `
import os
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def initialize(self, args):
        self.added = int(os.environ.get("ADDED", "0"))

    def execute(self, requests):
        inputs = [pb_utils.get_input_tensor_by_name(request, "IN").as_numpy() for request in requests]
        return [pb_utils.InferenceResponse([pb_utils.Tensor("OUT", value + self.added)]) for value in inputs]
`;

async function writeModel(repository: string, name: string, code: string): Promise<void> {
	await mkdir(join(repository, name, '1'), {recursive: true});
	await writeFile(join(repository, name, 'config.pbtxt'), config(name));
	await writeFile(join(repository, name, '1/model.py'), code);
}

/** Options for a real Triton over a model repository of its own that holds one small model. */
export async function prepareTriton(t: ExecutionContext, code = identityModel) {
	const directory = await temporaryDirectory(t);
	const modelRepository = join(directory, 'models');
	await writeModel(modelRepository, 'identity', code);
	// Neither a file nor a folder without a configuration may disturb the start.
	await writeFile(join(modelRepository, 'requirements.txt'), '');
	await mkdir(join(modelRepository, '__pycache__'));
	const lines: string[] = [];
	const onProgress = (line: string) => lines.push(line);
	const shared = {cacheDirectory: defaultCacheDirectory(), onProgress};
	const environment = await ensurePythonEnvironment(shared);
	const options: EmbeddedTritonOptions = {
		environment,
		distribution: await ensureTritonDistribution(environment),
		modelRepository,
		modelEnvironment: {ADDED: '10'},
		cacheDirectory: join(directory, 'cache'),
		onProgress,
		graceMs: 500,
	};
	return {options, lines};
}

/** What the identity model answers. */
export async function infer(triton: EmbeddedTriton, data: readonly number[]): Promise<readonly number[]> {
	const input = {name: 'IN', datatype: 'INT32', shape: [data.length], data};
	const response = await fetch(`http://${triton.httpAddress}/v2/models/identity/infer`, {
		method: 'POST',
		headers: {connection: 'close'},
		body: JSON.stringify({inputs: [input]}),
	});
	const {outputs} = (await response.json()) as {outputs: {data: number[]}[]};
	return outputs[0]!.data;
}
