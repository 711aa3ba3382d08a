import {createHash} from 'node:crypto';
import {cpus} from 'node:os';
import path from 'node:path';
import {type Config, ConfigError} from './config.ts';
import {Admission, type BackendSource} from './edit/admission.ts';
import type {EditBackend} from './edit/edit.ts';
import {startEmbeddedModel} from './embedded/embedded-model.ts';
import {RedraftServer} from './grpc/server.ts';
import {type LoadedModel, loadModel} from './model/loaded-model.ts';
import {presetNamed} from './model/model-presets.ts';
import {Observability} from './observability.ts';
import {openSecurity, type Security} from './security.ts';
import {GoodputPolicy} from './speculation/goodput-policy.ts';
import {keptPassTimes} from './speculation/kept-pass-times.ts';
import {measurePassTimes} from './speculation/measure-pass-times.ts';
import {PassTimes} from './speculation/pass-times.ts';
import type {TritonObserver} from './telemetry/edit-observer.ts';
import {log} from './telemetry/log.ts';
import {countSequences} from './triton/count-sequences.ts';
import {channelCredentials} from './triton/credentials.ts';
import {ModelWatch, type TritonLocation} from './triton/model-watch.ts';
import type {TritonClient} from './triton/triton-client.ts';
import {TritonVerifier} from './triton/triton-verifier.ts';

/** A running service. */
export interface Service {
	/** `host:port` that it listens on. */
	readonly address: string;
	/** `host:port` of the admin port, where there is one. */
	readonly adminAddress: string | undefined;
	/** Takes no new edits, lets open ones end within the grace time, and stops a Triton that was started for it. */
	stop(): Promise<void>;
}

interface Model {
	readonly location: TritonLocation;
	readonly directory: string;
	stop(): Promise<void>;
}

const watchIntervalMs = 1000;
const endTimeoutMs = 5000;
const maxMessageBytes = 64 << 20;
const maxBranches = 2;

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
	const given = modelDirectory === undefined ? undefined : await read(modelDirectory);
	let watch: ModelWatch<EditBackend> | undefined;
	let model: Model | undefined;
	const backends: BackendSource = {
		current: () => watch?.current(),
		reason: () => watch?.reason() ?? 'the model is still starting',
	};
	const security = await openSecurity(config);
	const observability = await Observability.start(config);
	const {observer, metrics} = observability;
	const admission = new Admission(backends, config.maxOpenEdits, observer);
	const server = new RedraftServer(admission, {...config, ...security, observer});
	const stopping = new AbortController();
	const stop = () => {
		stopping.abort();
		return stopAll([
			() => server.stop(config.shutdownGraceMs),
			async () => watch?.stop(),
			async () => model?.stop(),
			async () => security.close(),
			() => observability.stop(),
		]);
	};
	const unreadyReason = () =>
		stopping.signal.aborted ? 'shutting down' : backends.current() ? undefined : backends.reason();
	try {
		const adminAddress = await observability.listen(config.adminListen, unreadyReason);
		const address = await listen(server, config.listen);
		model = await openModel(config, onProgress, signal);
		const loaded = given ?? (await read(model.directory));
		const parts = {config, model: loaded, observer: metrics, tritonCertificates: security.tritonCertificates};
		watch = createWatch(parts, model.location, isReady => server.setServing(isReady));
		await watch.start();
		signal?.throwIfAborted();
		return {address, adminAddress, stop};
	} catch (error) {
		await stop();
		throw error;
	}
}

async function listen(server: RedraftServer, address: string): Promise<string> {
	try {
		return await server.listen(address);
	} catch (error) {
		const {message} = error as Error;
		throw new ConfigError(`REDRAFT_LISTEN: expected a free address, got ${address}: ${message}`);
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
	const {tritonUrl, modelDirectory} = config;
	if (tritonUrl !== undefined) {
		const location = {address: () => tritonUrl, reason: () => 'the model is still starting'};
		return {location, directory: modelDirectory!, stop: async () => {}};
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
		modelEnvironment,
		cacheDirectory,
		onProgress,
		signal,
	});
	return {location: supervisor, directory: supervisor.modelDirectory, stop: () => supervisor.stop()};
}

/** What a backend is made with. */
interface BackendParts {
	readonly config: Config;
	readonly model: LoadedModel;
	readonly tritonCertificates: Security['tritonCertificates'];
	readonly observer: TritonObserver;
}

function createWatch(
	parts: BackendParts,
	location: TritonLocation,
	onChange: (isReady: boolean) => void,
): ModelWatch<EditBackend> {
	const {config, tritonCertificates, observer} = parts;
	return new ModelWatch({
		location,
		modelName: config.tritonModel,
		intervalMs: watchIntervalMs,
		maxMessageBytes,
		credentials: tritonCertificates && channelCredentials(tritonCertificates),
		create: (client, signal) => createBackend(parts, client, signal),
		onChange: (isReady, reason, address) => {
			log(isReady ? 'info' : 'warning', isReady ? 'model ready' : 'model not ready', {reason});
			if (address !== undefined) {
				observer.tritonReady(address, isReady);
			}

			onChange(isReady);
		},
	});
}

/** Measures the model's pass times before the first edit: drafts are as long as they pay. */
async function createBackend(
	{config, model, observer}: BackendParts,
	client: TritonClient,
	signal: AbortSignal,
): Promise<EditBackend> {
	const {tritonModel: modelName, stepTimeoutMs, maxDraftTokens} = config;
	const triton = new TritonVerifier(client, {modelName, stepTimeoutMs, endTimeoutMs});
	const verifier = countSequences(triton, count => observer.openSequences(client.address, count));
	const measure = () => measurePassTimes(verifier, maxDraftTokens, signal);
	// An external Triton may move to another machine between two starts, the embedded one runs on this one.
	const onError = (error: unknown) => log('warning', 'pass times not kept', {error});
	const passTimes =
		config.tritonUrl === undefined
			? await keptPassTimes(passTimesFile(config), measure, onError)
			: new PassTimes(await measure());
	return {
		model,
		verifier,
		maxDraftTokens,
		maxBranches,
		createPolicy: maxTokens => new GoodputPolicy(passTimes, maxTokens),
	};
}

function passTimesFile(config: Config): string {
	const {model, modelDirectory, device, dtype, maxDraftTokens} = config;
	const processors = `${cpus().length} × ${cpus()[0]?.model}`;
	const identity = JSON.stringify([model, modelDirectory, device, dtype, processors, maxDraftTokens]);
	const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
	return path.join(config.cacheDirectory, 'pass-times', `${model}-${hash}.json`);
}
