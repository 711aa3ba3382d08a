import {z} from 'zod';
import {defaultCacheDirectory} from './embedded/paths.ts';
import {type LogLevel, logLevels} from './telemetry/log.ts';

const integer = (minimum: number, maximum: number, fallback: number) =>
	z.coerce.number().int().min(minimum).max(maximum).default(fallback);
const optionalText = z.string().min(1).optional();

/** Every setting of the service: one environment variable each, with its unit in the name. */
const environment = z.object({
	/** Address to listen on, `host:port`. Port 0 takes a free one. */
	REDRAFT_LISTEN: z
		.string()
		.regex(/^.+:\d{1,5}$/, 'expected host:port')
		.default('127.0.0.1:50051'),
	/** `host:port` of an external Triton's gRPC port. Absent: the service starts one itself. */
	TRITON_URL: z
		.string()
		.regex(/^[^/]+:\d{1,5}$/, 'expected host:port without a scheme')
		.optional(),
	/** Name of the model in Triton's repository. */
	REDRAFT_TRITON_MODEL: z.string().min(1).default('verifier'),
	/** Preset: prompt template, stop tokens, dtype. */
	REDRAFT_MODEL: z.string().min(1).default('smollm2-135m-instruct'),
	/** Local Hugging Face directory with tokenizer.json and, for the embedded Triton, the weights. */
	REDRAFT_MODEL_DIR: optionalText,
	/** LoRA adapter merged at load by the embedded Triton. `none`: no adapter. */
	REDRAFT_ADAPTER_DIR: optionalText,
	/** Where the embedded Triton runs the model. */
	REDRAFT_DEVICE: z.enum(['auto', 'cpu', 'cuda']).default('auto'),
	/** Number format of the embedded Triton's model; `auto` is float32 on a CPU and bfloat16 on CUDA. */
	REDRAFT_DTYPE: z.enum(['auto', 'float32', 'bfloat16', 'float16']).default('auto'),
	/** Tokens that a sequence may hold. Absent: what the model's config.json says. */
	REDRAFT_CONTEXT_TOKENS: z.coerce.number().int().min(16).max(10_000_000).optional(),
	/** Edits open at the same time; more are refused. Keep it at or below Triton's max_candidate_sequences. */
	REDRAFT_MAX_OPEN_EDITS: integer(1, 4096, 64),
	/** Draft tokens in one branch of one verify pass. */
	REDRAFT_MAX_DRAFT_TOKENS: integer(1, 4096, 256),
	/** Largest request that is read. */
	REDRAFT_MAX_REQUEST_BYTES: integer(1024, 1 << 30, 4 << 20),
	/** Longest wait for one verify step. */
	REDRAFT_STEP_TIMEOUT_MS: integer(100, 3_600_000, 120_000),
	/** How long open edits may go on after SIGTERM. */
	REDRAFT_SHUTDOWN_GRACE_MS: integer(0, 3_600_000, 10_000),
	/** Least severe event that is logged. */
	REDRAFT_LOG_LEVEL: z.enum(logLevels).default('info'),
});

export interface Config {
	readonly listen: string;
	readonly tritonUrl: string | undefined;
	readonly tritonModel: string;
	readonly model: string;
	readonly modelDirectory: string | undefined;
	readonly adapterDirectory: string | undefined;
	readonly device: string;
	readonly dtype: string;
	readonly contextTokens: number | undefined;
	readonly maxOpenEdits: number;
	readonly maxDraftTokens: number;
	readonly maxRequestBytes: number;
	readonly stepTimeoutMs: number;
	readonly shutdownGraceMs: number;
	readonly logLevel: LogLevel;
	/** Everything that the service writes lies below it. */
	readonly cacheDirectory: string;
}

/** A setting has a value that the service can't start with. */
export class ConfigError extends Error {
	override readonly name = 'ConfigError';
}

/**
 * Reads the settings once. Empty variables count as absent.
 * @throws {ConfigError} names each bad variable, what was expected and what came
 */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
	const present = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
	const parsed = environment.safeParse(present);
	if (!parsed.success) {
		throw new ConfigError(parsed.error.issues.map(issue => describe(issue, present)).join('\n'));
	}

	const values = parsed.data;
	if (values.TRITON_URL !== undefined && values.REDRAFT_MODEL_DIR === undefined) {
		throw new ConfigError(
			'REDRAFT_MODEL_DIR: expected a directory with tokenizer.json when TRITON_URL is set, got nothing',
		);
	}

	return Object.freeze({
		listen: values.REDRAFT_LISTEN,
		tritonUrl: values.TRITON_URL,
		tritonModel: values.REDRAFT_TRITON_MODEL,
		model: values.REDRAFT_MODEL,
		modelDirectory: values.REDRAFT_MODEL_DIR,
		adapterDirectory: values.REDRAFT_ADAPTER_DIR,
		device: values.REDRAFT_DEVICE,
		dtype: values.REDRAFT_DTYPE,
		contextTokens: values.REDRAFT_CONTEXT_TOKENS,
		maxOpenEdits: values.REDRAFT_MAX_OPEN_EDITS,
		maxDraftTokens: values.REDRAFT_MAX_DRAFT_TOKENS,
		maxRequestBytes: values.REDRAFT_MAX_REQUEST_BYTES,
		stepTimeoutMs: values.REDRAFT_STEP_TIMEOUT_MS,
		shutdownGraceMs: values.REDRAFT_SHUTDOWN_GRACE_MS,
		logLevel: values.REDRAFT_LOG_LEVEL,
		cacheDirectory: defaultCacheDirectory(variables),
	});
}

function describe(issue: z.core.$ZodIssue, variables: Record<string, string | undefined>): string {
	const name = String(issue.path[0]);
	const message = issue.message.replace(/^(Invalid input|Too small|Too big|Invalid string): /, '');
	return `${name}: ${message}, got ${JSON.stringify(variables[name]) ?? 'nothing'}`;
}
