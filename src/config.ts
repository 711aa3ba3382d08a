import {z} from 'zod';
import {defaultCacheDirectory} from './embedded/machine/paths.ts';
import {type ChosenModel, defaultModel} from './model/default-model.ts';
import {logLevels} from './telemetry/log.ts';
import type {TritonTarget} from './triton/discovery.ts';

const integer = (minimum: number, maximum: number) => z.coerce.number().int().min(minimum).max(maximum);
const text = z.string().min(1);
const hostPort = text.regex(/^[^\s/]+:\d{1,5}$/, 'expected host:port');
const flag = (initial: 'true' | 'false') =>
	z
		.enum(['true', 'false'])
		.default(initial)
		.transform(given => given === 'true');

/** `host:port` of each Triton between commas, or one name that resolves to all of them. */
function parseTarget(given: string, context: z.RefinementCtx): TritonTarget {
	const {name, port} = /^dns:\/\/\/(?<name>[^\s/:]+):(?<port>\d{1,5})$/.exec(given)?.groups ?? {};
	if (name !== undefined) {
		return {kind: 'dns', name, port: Number(port)};
	}

	const addresses = given.split(',').map(address => address.trim());
	if (!addresses.every(address => /^[^\s/]+:\d{1,5}$/.test(address))) {
		context.addIssue({code: 'custom', message: 'expected host:port between commas, or dns:///name:port'});
	}

	return {kind: 'list', addresses};
}

/** Every setting of the service: its environment variable, its values and, where it has one, its default. */
export const settings = {
	/** Address to listen on, `host:port`. Port 0 takes a free one. */
	listen: {
		variable: 'REDRAFT_LISTEN',
		schema: hostPort.default('127.0.0.1:50051'),
	},
	/** `host:port` of the HTTP port for callers: OpenAI's chat completions, merges, the page. Absent: none. */
	httpListen: {variable: 'REDRAFT_HTTP_LISTEN', schema: hostPort.optional()},
	/** Whether the HTTP port serves the page too. */
	hasWebPage: {variable: 'REDRAFT_WEB_PAGE', schema: flag('true')},
	/** `host:port` of the HTTP port with liveness, readiness and metrics. Absent: none. */
	adminListen: {variable: 'REDRAFT_ADMIN_LISTEN', schema: hostPort.optional()},
	/** gRPC ports of external Tritons. Absent: the service starts one itself. */
	tritonTarget: {variable: 'TRITON_URLS', schema: text.transform(parseTarget).optional()},
	/** Time between two look-ups of the Tritons' name. */
	discoveryIntervalMs: {
		variable: 'REDRAFT_DISCOVERY_INTERVAL_MS',
		schema: integer(100, 600_000).default(3000),
	},
	/** How often an edit may go on at another Triton, or on the same one anew. */
	maxEditMoves: {variable: 'REDRAFT_MAX_EDIT_MOVES', schema: integer(0, 100).default(3)},
	/** How long an edit may wait, in all, for a Triton that takes it. */
	moveWaitMs: {variable: 'REDRAFT_MOVE_WAIT_MS', schema: integer(0, 3_600_000).default(30_000)},
	/** Name of the model in Triton's repository. */
	tritonModel: {variable: 'REDRAFT_TRITON_MODEL', schema: text.default('verifier')},
	/**
	 * Entry of the model catalog: prompt template, stop tokens, source of the weights. `auto`: that of the directory
	 * or, without one, the built-in model that fits the memory.
	 */
	model: {variable: 'REDRAFT_MODEL', schema: text.default('auto')},
	/** Local Hugging Face directory with tokenizer.json and, for the embedded Triton, the weights. */
	modelDirectory: {variable: 'REDRAFT_MODEL_DIR', schema: text.optional()},
	/** LoRA adapter merged at load by the embedded Triton. `none`: no adapter. */
	adapterDirectory: {variable: 'REDRAFT_ADAPTER_DIR', schema: text.optional()},
	/** Where the embedded Triton runs the model. */
	device: {variable: 'REDRAFT_DEVICE', schema: z.enum(['auto', 'cpu', 'cuda']).default('auto')},
	/** Number format of the embedded Triton's model; what `auto` becomes the engine decides. */
	dtype: {
		variable: 'REDRAFT_DTYPE',
		schema: z.enum(['auto', 'float32', 'bfloat16', 'float16', 'int8', 'fp8']).default('auto'),
	},
	/** Tokens that a sequence may hold. Absent: what the model's config.json says. */
	contextTokens: {variable: 'REDRAFT_CONTEXT_TOKENS', schema: integer(16, 10_000_000).optional()},
	/** Edits open at the same time. */
	maxOpenEdits: {variable: 'REDRAFT_MAX_OPEN_EDITS', schema: integer(1, 4096).default(64)},
	/** Edits that wait for a place; more are refused. */
	maxQueuedEdits: {variable: 'REDRAFT_MAX_QUEUED_EDITS', schema: integer(0, 100_000).default(256)},
	/** Draft tokens in one branch of one verify pass. */
	maxDraftTokens: {variable: 'REDRAFT_MAX_DRAFT_TOKENS', schema: integer(1, 4096).default(256)},
	/** Largest request that is read. */
	maxRequestBytes: {variable: 'REDRAFT_MAX_REQUEST_BYTES', schema: integer(1024, 1 << 30).default(4 << 20)},
	/** Longest wait for one verify step. */
	stepTimeoutMs: {variable: 'REDRAFT_STEP_TIMEOUT_MS', schema: integer(100, 3_600_000).default(120_000)},
	/** How long open edits may go on after SIGTERM. */
	shutdownGraceMs: {variable: 'REDRAFT_SHUTDOWN_GRACE_MS', schema: integer(0, 3_600_000).default(10_000)},
	/** Certificate and key of the gRPC port, in PEM, read anew when they change. Absent: plaintext. */
	tlsCertFile: {variable: 'REDRAFT_TLS_CERT_FILE', schema: text.optional()},
	tlsKeyFile: {variable: 'REDRAFT_TLS_KEY_FILE', schema: text.optional()},
	/** Authority that must have signed the callers' certificates. Absent: callers show none. */
	tlsClientCaFile: {variable: 'REDRAFT_TLS_CLIENT_CA_FILE', schema: text.optional()},
	/** Authority that signed Triton's certificate. Absent: plaintext towards Triton. */
	tritonTlsCaFile: {variable: 'REDRAFT_TRITON_TLS_CA_FILE', schema: text.optional()},
	/** What Triton is shown, where it asks for a certificate. */
	tritonTlsCertFile: {variable: 'REDRAFT_TRITON_TLS_CERT_FILE', schema: text.optional()},
	tritonTlsKeyFile: {variable: 'REDRAFT_TRITON_TLS_KEY_FILE', schema: text.optional()},
	/** Bearer tokens, `NAME SHA256HEX [maxConcurrent] [tokensPerMinute]` a line. Absent: every caller is served. */
	tokensFile: {variable: 'REDRAFT_TOKENS_FILE', schema: text.optional()},
	/** Whether the port tells its services to whoever asks, where tokens are asked for only with one. */
	hasReflection: {variable: 'REDRAFT_REFLECTION', schema: flag('true')},
	/** Whether prompts show what an update gives by rule. */
	hasSuggestions: {variable: 'REDRAFT_SUGGESTIONS', schema: flag('true')},
	/** Base URL of an OTLP receiver over HTTP. Absent: no traces. */
	otlpEndpoint: {variable: 'OTEL_EXPORTER_OTLP_ENDPOINT', schema: z.url('expected a URL').optional()},
	/** Name of the service in its traces. */
	otlpServiceName: {variable: 'OTEL_SERVICE_NAME', schema: text.default('redraft')},
	/** Least severe event that is logged. */
	logLevel: {variable: 'REDRAFT_LOG_LEVEL', schema: z.enum(logLevels).default('info')},
} as const;

type Settings = typeof settings;

/** The settings of one process, read once. */
export type Config = {
	readonly [Name in keyof Settings]: z.output<Settings[Name]['schema']>;
} & {
	/** Why the model is this one. */
	readonly modelReason: string;
	/** Everything that the service writes lies below it. */
	readonly cacheDirectory: string;
};

/** A setting has a value that the service can't start with. */
export class ConfigError extends Error {
	override readonly name = 'ConfigError';
}

/**
 * Reads the settings once. Empty variables count as absent.
 * @throws {ConfigError} names each bad variable, what was expected and what came
 */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
	const problems: string[] = [];
	const values = Object.entries(settings).map(([name, {variable, schema}]) => {
		const given = variables[variable] || undefined;
		const {data, error} = schema.safeParse(given);
		problems.push(...(error?.issues ?? []).map(issue => describe(variable, issue.message, given)));
		return [name, data];
	});
	// Each value was read by the schema of its own name.
	const config = Object.fromEntries(values) as Config;
	if (config.tritonTarget !== undefined && config.modelDirectory === undefined) {
		problems.push(
			'REDRAFT_MODEL_DIR: expected a directory with tokenizer.json when TRITON_URLS is set, got nothing',
		);
	}

	problems.push(...halfPairs(config));
	if (problems.length > 0) {
		throw new ConfigError(problems.join('\n'));
	}

	const {name: model, reason: modelReason} = chooseModel(config);
	return Object.freeze({...config, model, modelReason, cacheDirectory: defaultCacheDirectory(variables)});
}

function chooseModel({model, modelDirectory}: Config): ChosenModel {
	return model === 'auto' ? defaultModel(modelDirectory) : {name: model, reason: 'REDRAFT_MODEL says so'};
}

/** Settings that mean something only together with another. */
function halfPairs(config: Config): string[] {
	const pairs = [
		['tlsCertFile', 'tlsKeyFile'],
		['tlsKeyFile', 'tlsCertFile'],
		['tlsClientCaFile', 'tlsCertFile'],
		['tritonTlsCertFile', 'tritonTlsKeyFile'],
		['tritonTlsKeyFile', 'tritonTlsCertFile'],
		['tritonTlsCertFile', 'tritonTlsCaFile'],
	] as const;
	return pairs
		.filter(([given, missing]) => config[given] !== undefined && config[missing] === undefined)
		.map(
			([given, missing]) =>
				`${settings[missing].variable}: expected a file when ${settings[given].variable} is set, got nothing`,
		);
}

function describe(variable: string, message: string, given: string | undefined): string {
	const reason = message.replace(/^(Invalid input|Invalid option|Too small|Too big|Invalid string): /, '');
	return `${variable}: ${reason}, got ${JSON.stringify(given) ?? 'nothing'}`;
}
