import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, rm, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {checkPlatform, hasNvidiaGpu} from '../machine/platform.ts';
import {type OnProgress, SetupError} from '../machine/setup-error.ts';
import {withLock} from '../process/lock.ts';
import {runCommand} from '../process/run-command.ts';
import {findPython, type Interpreter} from './find-python.ts';
import {type PipOptions, pipInstall} from './pip.ts';
import {removeUnused} from './prune.ts';
import {loadRequirements, type RequirementSet, type Requirements} from './requirements.ts';

/** How the Python environment is set up. */
export interface PythonEnvironmentOptions {
	/** Root of the cache; see `defaultCacheDirectory`. */
	readonly cacheDirectory: string;
	/** Adds pytest, ruff, mypy and tritonclient. @default false */
	readonly dev?: boolean;
	readonly onProgress: OnProgress;
	readonly signal?: AbortSignal | undefined;
	/** Holds the requirement files. @default triton-models of this clone */
	readonly requirementsDirectory?: string;
}

/** A venv with everything that the model needs. */
export interface PythonEnvironment {
	readonly directory: string;
	/** The venv's interpreter. */
	readonly python: string;
	/** What the venv was made from. */
	readonly base: Interpreter;
}

/** An environment and what it is made of. */
interface PlannedEnvironment {
	readonly environment: PythonEnvironment;
	readonly requirements: Requirements;
}

/** @throws {SetupError} this machine or its Python does not fit */
async function plan(options: PythonEnvironmentOptions): Promise<PlannedEnvironment> {
	checkPlatform();
	const requirements = await loadRequirements(options.requirementsDirectory);
	const {base, cpu, cuda} = requirements;
	const interpreter = await findPython();
	const identity = [base.hash, cpu.hash, cuda.hash, interpreter.executable, interpreter.fullVersion];
	const hash = createHash('sha256').update(identity.join('\0')).digest('hex').slice(0, 16);
	const directory = join(options.cacheDirectory, `venv-${hash}`);
	return {
		environment: {directory, python: join(directory, 'bin/python'), base: interpreter},
		requirements,
	};
}

/**
 * Where the environment is, or would be, and whether it is there. Changes nothing.
 * @throws {SetupError} this machine or its Python does not fit
 */
export async function findPythonEnvironment(
	options: Pick<PythonEnvironmentOptions, 'cacheDirectory' | 'requirementsDirectory'>,
): Promise<PythonEnvironment & {readonly isSetUp: boolean}> {
	const {environment, requirements} = await plan({...options, onProgress: () => {}});
	return {...environment, isSetUp: isInstalled(environment, requirements.base)};
}

/**
 * The Python environment of the model, set up where it is missing. Safe to call from several processes at once.
 * An interrupted set-up is built anew. Environments that no run has used for 30 days are removed.
 * @throws {SetupError} this machine or its Python does not fit, or pip failed
 */
export async function ensurePythonEnvironment(options: PythonEnvironmentOptions): Promise<PythonEnvironment> {
	const {environment, requirements} = await plan(options);
	const {base, dev} = requirements;
	const wanted = options.dev ? [base, dev] : [base];
	if (wanted.some(set => !isInstalled(environment, set))) {
		const lock = {
			python: environment.base.executable,
			file: join(options.cacheDirectory, 'venv.lock'),
			onWait: () => options.onProgress('Waiting for another process that sets up Python…'),
			signal: options.signal,
		};
		await withLock(lock, async () => {
			await install(environment, requirements, options);
			await removeUnused(options.cacheDirectory, /^venv-[0-9a-f]+$/);
		});
	}

	await utimes(environment.directory, new Date(), new Date());
	return environment;
}

/** Written last, so what has no stamp was interrupted. */
const stampFile = (environment: PythonEnvironment, set: RequirementSet) =>
	join(environment.directory, `installed-${set.hash}`);

/** False also where the interpreter that the venv was made from is gone. */
const isInstalled = (environment: PythonEnvironment, set: RequirementSet) =>
	existsSync(environment.python) && existsSync(stampFile(environment, set));

async function install(
	environment: PythonEnvironment,
	{base, dev, ...torch}: Requirements,
	options: PythonEnvironmentOptions,
): Promise<void> {
	const {onProgress, signal} = options;
	const temporaryDirectory = temporaryDirectoryOf(environment);
	const pip = {python: environment.python, temporaryDirectory, onProgress, signal};
	await mkdir(temporaryDirectory, {recursive: true});
	// Another process may have done the work while this one waited for the lock.
	if (!isInstalled(environment, base)) {
		await createVenv(environment, options);
		await installTorch(pip, torch);
		await pipInstall({...pip, requirements: base});
		await writeFile(stampFile(environment, base), '');
	}

	if (options.dev && !isInstalled(environment, dev)) {
		await pipInstall({...pip, requirements: dev});
		await writeFile(stampFile(environment, dev), '');
	}

	await rm(temporaryDirectory, {recursive: true, force: true});
}

/** Inside, so that it goes with an environment whose set-up was interrupted. */
const temporaryDirectoryOf = ({directory}: PythonEnvironment) => join(directory, 'tmp');

async function createVenv(
	environment: PythonEnvironment,
	{onProgress, signal}: PythonEnvironmentOptions,
): Promise<void> {
	const {directory, base} = environment;
	const env = {TMPDIR: temporaryDirectoryOf(environment)};
	onProgress(`Creating a Python ${base.version} environment in ${directory}…`);
	await rm(directory, {recursive: true, force: true, maxRetries: 5});
	await mkdir(env.TMPDIR, {recursive: true});
	const command = [base.executable, '-I', '-m', 'venv', directory];
	await runCommand({python: base.executable, command, env, what: 'python -m venv', signal});
}

/** The public build brings gigabytes of CUDA libraries, so without a GPU the CPU build is tried first. */
async function installTorch(
	pip: Omit<PipOptions, 'requirements'>,
	{cpu, cuda}: Pick<Requirements, 'cpu' | 'cuda'>,
): Promise<void> {
	if (hasNvidiaGpu()) {
		return pipInstall({...pip, requirements: cuda});
	}
	try {
		await pipInstall({...pip, requirements: cpu});
	} catch (error) {
		if (!(error instanceof SetupError)) {
			throw error;
		}
		pip.onProgress(
			'No CPU build of torch found (PIP_EXTRA_INDEX_URL can name an index); taking the CUDA build…',
		);
		await pipInstall({...pip, requirements: cuda});
	}
}
