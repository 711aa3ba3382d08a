import {cpSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {startEmbeddedTriton} from '../../src/embedded/embedded-triton.ts';
import {repositoryRoot} from '../../src/embedded/machine/paths.ts';
import type {OnProgress} from '../../src/embedded/machine/setup-error.ts';
import type {PythonEnvironment} from '../../src/embedded/python/python-environment.ts';
import {ensureTritonDistribution} from '../../src/embedded/triton-distribution.ts';
import {TritonClient} from '../../src/triton/triton-client.ts';
import {TritonVerifier} from '../../src/triton/triton-verifier.ts';
import {type StepOverhead, stepOverhead} from './step-overhead.ts';

export interface BareOverheadOptions {
	readonly environment: PythonEnvironment;
	readonly cacheDirectory: string;
	readonly modelName: string;
	/** What the model reads in every step: as much as a pass does. */
	readonly passBytes: number;
	readonly numSteps: number;
	readonly onProgress: OnProgress;
}

/** What a step without drafts costs around a model that computes nothing, by the same Triton with the same settings. */
export async function bareOverhead(options: BareOverheadOptions): Promise<StepOverhead> {
	const {modelName} = options;
	const modelRepository = mkdtempSync(join(tmpdir(), 'redraft-bare-'));
	const folder = join(modelRepository, modelName);
	mkdirSync(join(folder, '1'), {recursive: true});
	cpSync(join(repositoryRoot, 'triton-models', modelName, 'config.pbtxt'), join(folder, 'config.pbtxt'));
	cpSync(join(import.meta.dirname, 'bare_model.py'), join(folder, '1/model.py'));
	try {
		return await overheadOf({...options, modelRepository});
	} finally {
		rmSync(modelRepository, {recursive: true});
	}
}

async function overheadOf(options: BareOverheadOptions & {modelRepository: string}): Promise<StepOverhead> {
	const {environment, cacheDirectory, modelName, modelRepository, onProgress} = options;
	const triton = await startEmbeddedTriton({
		environment,
		distribution: await ensureTritonDistribution(environment),
		modelRepository,
		modelEnvironment: {BARE_PASS_BYTES: String(options.passBytes)},
		cacheDirectory,
		onProgress,
	});
	const client = new TritonClient(triton.grpcAddress, 1 << 20);
	try {
		const verifier = new TritonVerifier(client, {modelName, stepTimeoutMs: 60_000, endTimeoutMs: 5000});
		return await stepOverhead(verifier, 0, options.numSteps);
	} finally {
		client.close();
		await triton.stop();
	}
}
