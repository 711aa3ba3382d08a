import type {Config} from './config.ts';
import {Admission, type BackendSource} from './edit/admission.ts';
import {startEmbeddedModel} from './embedded/embedded-model.ts';
import {type Addresses, Listeners} from './listeners.ts';
import {loadModel} from './model/loaded-model.ts';
import {presetNamed} from './model/model-presets.ts';
import {ModelBackend} from './model-backend.ts';
import {Observability} from './observability.ts';
import {openSecurity} from './security.ts';
import {log} from './telemetry/log.ts';
import {EncoderPool} from './tokenizer/encoder-pool.ts';
import type {TritonLocation} from './triton/model-watch.ts';

/** A running service. */
export interface Service extends Addresses {
	/** `host:port` of the admin port, where there is one. */
	readonly adminAddress: string | undefined;
	/** Takes no new edits, lets open ones end within the grace time, and stops a Triton that was started for it. */
	stop(): Promise<void>;
}

interface Model {
	/** The Triton that was started for it; undefined where the settings name others. */
	readonly location: TritonLocation | undefined;
	readonly directory: string;
	stop(): Promise<void>;
}

/**
 * Starts the service and, unless the config names an external one, a Triton for it. What can be wrong with the
 * settings shows before a model is loaded; from then on calls are answered, as unavailable until it is ready.
 * @param onProgress is told of each step of the start, in words for a person
 * @param signal stops the start; it has no effect afterwards
 */
export async function startService(
	config: Config,
	onProgress: (line: string) => void,
	signal?: AbortSignal,
): Promise<Service> {
	const {modelDirectory} = config;
	const read = (directory: string) => loadModel(config.model, directory, config.contextTokens);
	presetNamed(config.model);
	const security = await openSecurity(config);
	const given = modelDirectory === undefined ? undefined : await read(modelDirectory);
	let backend: ModelBackend | undefined;
	let model: Model | undefined;
	let encoder: EncoderPool | undefined;
	const backends: BackendSource = {
		current: () => backend?.current(),
		reason: () => backend?.reason() ?? 'the model is still starting',
		capacity: () => backend?.capacity() ?? 0,
	};
	const observability = await Observability.start(config);
	const {observer, metrics} = observability;
	const admission = new Admission(backends, config, observer);
	const listeners = new Listeners(admission, config, security, observer);
	const stopping = new AbortController();
	const stop = () => {
		stopping.abort();
		return stopAll([
			() => listeners.stop(config.shutdownGraceMs),
			async () => backend?.stop(),
			async () => model?.stop(),
			async () => encoder?.close(),
			async () => security.close(),
			() => observability.stop(),
		]);
	};
	const unreadyReason = () =>
		stopping.signal.aborted ? 'shutting down' : backends.current() ? undefined : backends.reason();
	try {
		const adminAddress = await observability.listen(config.adminListen, unreadyReason);
		const addresses = await listeners.listen();
		model = await openModel(config, onProgress, signal);
		const loaded = given ?? (await read(model.directory));
		encoder = await EncoderPool.start(model.directory);
		backend = new ModelBackend({
			config,
			model: {...loaded, encoder},
			tritonCertificates: security.tritonCertificates,
			observer: metrics,
			onCapacity: () => admission.admitWaiting(),
			onChange: (isReady, reason) => {
				log(isReady ? 'info' : 'warning', isReady ? 'model ready' : 'model not ready', {reason});
				listeners.setServing(isReady);
			},
		});
		await (model.location ? backend.useEmbedded(model.location) : backend.useExternal());
		signal?.throwIfAborted();
		return {...addresses, adminAddress, stop};
	} catch (error) {
		await stop();
		throw error;
	}
}

async function stopAll(steps: readonly (() => Promise<void>)[]): Promise<void> {
	for (const step of steps) {
		await step().catch(error => log('error', 'stop failed', {error}));
	}
}

async function openModel(
	config: Config,
	onProgress: (line: string) => void,
	signal?: AbortSignal,
): Promise<Model> {
	const {tritonTarget, modelDirectory} = config;
	if (tritonTarget !== undefined) {
		return {location: undefined, directory: modelDirectory!, stop: async () => {}};
	}

	const {cacheDirectory, adapterDirectory} = config;
	const modelEnvironment = {
		REDRAFT_MODEL: config.model,
		REDRAFT_DEVICE: config.device,
		REDRAFT_DTYPE: config.dtype,
		...(adapterDirectory !== undefined && {REDRAFT_ADAPTER_DIR: adapterDirectory}),
	};
	const supervisor = await startEmbeddedModel({
		modelDirectory,
		builtinModel: config.model,
		modelEnvironment,
		cacheDirectory,
		onProgress,
		signal,
	});
	return {location: supervisor, directory: supervisor.modelDirectory, stop: () => supervisor.stop()};
}
