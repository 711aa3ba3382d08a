import {createHash} from 'node:crypto';
import {cpus} from 'node:os';
import path from 'node:path';
import type {Config} from './config.ts';
import type {BackendSource} from './edit/admission.ts';
import type {EditBackend} from './edit/edit.ts';
import type {LoadedModel} from './model/loaded-model.ts';
import type {Security} from './security.ts';
import {GoodputPolicy} from './speculation/goodput-policy.ts';
import {keptPassTimes} from './speculation/kept-pass-times.ts';
import {measurePassTimes} from './speculation/measure-pass-times.ts';
import {PassTimes} from './speculation/pass-times.ts';
import type {Verifier} from './speculation/verifier.ts';
import type {TritonObserver} from './telemetry/edit-observer.ts';
import {log} from './telemetry/log.ts';
import {channelCredentials} from './triton/credentials.ts';
import {Discovery} from './triton/discovery.ts';
import type {KvTokens} from './triton/kv-ledger.ts';
import type {TritonLocation} from './triton/model-watch.ts';
import {probe} from './triton/probe.ts';
import type {TritonClient} from './triton/triton-client.ts';
import {TritonPool} from './triton/triton-pool.ts';
import {TritonVerifier} from './triton/triton-verifier.ts';

const watchIntervalMs = 1000;
const endTimeoutMs = 5000;
const maxMessageBytes = 64 << 20;
const maxBranches = 2;
/** Sequences that one Triton holds: `max_candidate_sequences` of the model's config.pbtxt. */
export const sequencesPerTriton = 64;

export interface ModelBackendOptions {
	readonly config: Config;
	readonly model: LoadedModel;
	readonly tritonCertificates: Security['tritonCertificates'];
	readonly observer: TritonObserver;
	readonly onChange: (isReady: boolean, reason: string) => void;
	/** Told when there may be room for more edits than before. */
	readonly onCapacity: () => void;
}

/** What all edits run on: the Tritons, the model's tokenizer, and the pass times that serving teaches. */
export class ModelBackend implements BackendSource {
	readonly #options: ModelBackendOptions;
	readonly #pool: TritonPool;
	#discovery: Discovery | undefined;
	#passTimes: Promise<PassTimes> | undefined;
	#backend: EditBackend | undefined;

	constructor(options: ModelBackendOptions) {
		const {config, tritonCertificates, observer, onChange, onCapacity} = options;
		const {tritonTarget} = config;
		// The addresses that a name resolves to are in no certificate.
		const serverName = tritonTarget?.kind === 'dns' ? tritonTarget.name : undefined;
		this.#options = options;
		this.#pool = new TritonPool({
			watch: {
				modelName: config.tritonModel,
				intervalMs: watchIntervalMs,
				maxMessageBytes,
				credentials: tritonCertificates && channelCredentials(tritonCertificates, serverName),
			},
			createVerifier: (client, signal, onKvTokens) => this.#createVerifier(client, signal, onKvTokens),
			observer,
			onChange,
			onRoom: onCapacity,
			maxEditsPerTriton: sequencesPerTriton,
		});
	}

	current(): EditBackend | undefined {
		return this.#pool.isReady ? this.#backend : undefined;
	}

	reason(): string {
		return this.#pool.reason();
	}

	capacity(): number {
		return this.#pool.numReady * sequencesPerTriton;
	}

	/** Takes the one Triton that the service started itself; resolves when it was asked once. */
	async useEmbedded(location: TritonLocation): Promise<void> {
		await this.#pool.setLocations(new Map([['embedded', location]]));
	}

	/** Takes the Tritons of the settings; resolves when each that was found at once was asked once. */
	async useExternal(): Promise<void> {
		const {tritonTarget, discoveryIntervalMs} = this.#options.config;
		let firstLook = Promise.resolve();
		this.#discovery = new Discovery({
			target: tritonTarget!,
			intervalMs: discoveryIntervalMs,
			onChange: addresses => {
				const locations = addresses.map(
					address => [address, {address: () => address, reason: () => ''}] as const,
				);
				firstLook = this.#pool.setLocations(new Map(locations));
			},
		});
		await this.#discovery.start();
		await firstLook;
	}

	async stop(): Promise<void> {
		await this.#discovery?.stop();
		await this.#pool.stop();
	}

	/**
	 * A Triton counts as ready once a real step went through. The first one is measured before the first edit: drafts
	 * are as long as they pay.
	 */
	async #createVerifier(
		client: TritonClient,
		signal: AbortSignal,
		onKvTokens: (tokens: KvTokens) => void,
	): Promise<Verifier> {
		const {config, model} = this.#options;
		const {tritonModel: modelName, stepTimeoutMs, maxDraftTokens, maxEditMoves: maxMoves} = config;
		const verifier = new TritonVerifier(client, {modelName, stepTimeoutMs, endTimeoutMs, onKvTokens});
		await probe(verifier, signal);
		this.#passTimes ??= this.#measure(verifier, signal);
		const passTimes = await this.#passTimes.catch(error => {
			this.#passTimes = undefined;
			throw error;
		});
		this.#backend ??= {
			model,
			verifier: this.#pool,
			room: this.#pool,
			maxDraftTokens,
			maxBranches,
			hasSuggestions: config.hasSuggestions,
			moves: {maxMoves, maxWaitMs: config.moveWaitMs},
			createPolicy: maxTokens => new GoodputPolicy(passTimes, maxTokens),
		};
		return verifier;
	}

	async #measure(verifier: Verifier, signal: AbortSignal): Promise<PassTimes> {
		const {config} = this.#options;
		const measure = () => measurePassTimes(verifier, config.maxDraftTokens, signal);
		// External Tritons may run on other machines at the next start, the embedded one runs on this one.
		if (config.tritonTarget !== undefined) {
			return new PassTimes(await measure());
		}

		const onError = (error: unknown) => log('warning', 'pass times not kept', {error});
		return keptPassTimes(passTimesFile(config), measure, onError);
	}
}

function passTimesFile(config: Config): string {
	const {model, modelDirectory, device, dtype, maxDraftTokens} = config;
	const processors = `${cpus().length} × ${cpus()[0]?.model}`;
	const identity = JSON.stringify([model, modelDirectory, device, dtype, processors, maxDraftTokens]);
	const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
	return path.join(config.cacheDirectory, 'pass-times', `${model}-${hash}.json`);
}
