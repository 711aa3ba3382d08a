import {join, resolve} from 'node:path';
import {defaultModel} from '../model/default-model.ts';
import {ensureBuiltinModel} from './builtin-model.ts';
import {startEmbeddedTriton} from './embedded-triton.ts';
import {defaultCacheDirectory, repositoryRoot} from './machine/paths.ts';
import type {OnProgress} from './machine/setup-error.ts';
import {checkModelFiles, isAdapter} from './model-files.ts';
import {ensurePythonEnvironment} from './python/python-environment.ts';
import {ensureTritonDistribution} from './triton-distribution.ts';
import {TritonSupervisor} from './triton-supervisor.ts';

/** How a model is served without a Triton of the user's own. */
export interface EmbeddedModelOptions {
	/** Hugging Face directory of the model. @default the built-in model's, made where it is missing */
	readonly modelDirectory?: string | undefined;
	/** The built-in model, where no directory is given. @default the one that fits the memory */
	readonly builtinModel?: string;
	/** Further environment variables for the model, such as `REDRAFT_ADAPTER_DIR` and `REDRAFT_DTYPE`. */
	readonly modelEnvironment?: Readonly<Record<string, string>>;
	/** @default `$XDG_CACHE_HOME/redraft`, else `~/.cache/redraft` */
	readonly cacheDirectory?: string;
	/** Called with one line for each step and every few seconds of a long one. @default nothing */
	readonly onProgress?: OnProgress;
	/** Aborts the set-up and the first start; has no effect later. */
	readonly signal?: AbortSignal | undefined;
}

/**
 * Sets up what is missing (Python environment, server, built-in model), starts Triton and keeps it running.
 * @throws {SetupError} something could not be set up; the message says what was expected
 * @throws {TritonStartError} Triton ended or was not ready in time; the message has the end of its log
 * @throws the signal's reason, if it aborts
 */
export async function startEmbeddedModel(options: EmbeddedModelOptions = {}): Promise<TritonSupervisor> {
	const {cacheDirectory = defaultCacheDirectory(), onProgress = () => {}, signal} = options;
	const {builtinModel: model = defaultModel(undefined).name} = options;
	const adapterDirectory = options.modelEnvironment?.REDRAFT_ADAPTER_DIR;
	await checkModelFiles({modelDirectory: options.modelDirectory, adapterDirectory});
	const shared = {cacheDirectory, onProgress};
	const environment = await ensurePythonEnvironment({...shared, signal});
	const distribution = await ensureTritonDistribution(environment);
	const modelDirectory =
		options.modelDirectory ??
		(await ensureBuiltinModel({...shared, model, python: environment.python, signal}));
	const triton = {
		...shared,
		environment,
		distribution,
		modelRepository: join(repositoryRoot, 'triton-models'),
		modelEnvironment: {
			...options.modelEnvironment,
			// Triton runs in a directory of its own.
			...(isAdapter(adapterDirectory) && {REDRAFT_ADAPTER_DIR: resolve(adapterDirectory)}),
			REDRAFT_MODEL_DIR: resolve(modelDirectory),
		},
	};
	return TritonSupervisor.start(
		{
			start: (ports, startSignal) => startEmbeddedTriton({...triton, ports, signal: startSignal}),
			modelDirectory,
			onProgress,
		},
		signal,
	);
}
