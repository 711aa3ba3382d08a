import {join} from 'node:path';
import {startEmbeddedTriton} from '../../src/embedded/embedded-triton.ts';
import {defaultCacheDirectory, repositoryRoot} from '../../src/embedded/machine/paths.ts';
import {ensurePythonEnvironment} from '../../src/embedded/python/python-environment.ts';
import {ensureTritonDistribution} from '../../src/embedded/triton-distribution.ts';
import {TritonSupervisor} from '../../src/embedded/triton-supervisor.ts';

export interface RestartingTritonOptions {
	/** Hugging Face directory. */
	readonly modelDirectory: string;
	/** Further variables of the model. */
	readonly modelEnvironment?: Readonly<Record<string, string>>;
	/** @default the project's */
	readonly modelRepository?: string;
}

/** A real Triton that comes back at once at the same address, however often it ends: as a pod does, only faster. */
export async function startRestartingTriton({
	modelDirectory,
	modelEnvironment = {},
	modelRepository = join(repositoryRoot, 'triton-models'),
}: RestartingTritonOptions): Promise<TritonSupervisor> {
	const shared = {cacheDirectory: defaultCacheDirectory(), onProgress: () => {}};
	const environment = await ensurePythonEnvironment(shared);
	const distribution = await ensureTritonDistribution(environment);
	const triton = {...shared, environment, distribution, modelRepository};
	const variables = {
		REDRAFT_MODEL: 'qwen2.5-coder',
		REDRAFT_ADAPTER_DIR: 'none',
		REDRAFT_MODEL_DIR: modelDirectory,
		...modelEnvironment,
	};
	return TritonSupervisor.start({
		start: (ports, signal) => startEmbeddedTriton({...triton, modelEnvironment: variables, ports, signal}),
		modelDirectory,
		onProgress: () => {},
		backOffMs: Array(1000).fill(100),
	});
}
