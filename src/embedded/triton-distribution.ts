import {existsSync} from 'node:fs';
import {cp, mkdir, mkdtemp, rename, rm} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {pythonEnvironmentVariables} from './process/run-command.ts';
import type {PythonEnvironment} from './python/python-environment.ts';
import {moveTemporaryFolder} from './python-backend-patch.ts';

/** A Triton server ready to be started. */
export interface TritonDistribution {
	/** The tritonserver program. */
	readonly server: string;
	readonly backendDirectory: string;
	readonly cacheLibraryDirectory: string;
	/** Environment that the server and its Python stubs need. */
	readonly env: NodeJS.ProcessEnv;
}

/** What of the wheel's folder is needed: the rest is stubs of other Python versions. */
const copiedEntries = ['bin', 'backends', 'caches'];

/**
 * Lays the server out of the installed wheel: the wheel keeps the Python stubs apart from the Python backend.
 * The copy lies inside the environment and lives as long as it does.
 */
export async function ensureTritonDistribution(environment: PythonEnvironment): Promise<TritonDistribution> {
	const directory = join(environment.directory, 'tritonserver');
	if (!existsSync(directory)) {
		await layOut(environment, directory);
	}

	await moveTemporaryFolder(join(directory, 'backends/python/libtriton_python.so'));
	return {
		server: join(directory, 'bin/tritonserver'),
		backendDirectory: join(directory, 'backends'),
		cacheLibraryDirectory: join(directory, 'caches'),
		env: serverEnvironment(environment),
	};
}

const sitePackages = ({directory, base}: PythonEnvironment) =>
	join(directory, 'lib', `python${base.version}`, 'site-packages');

async function layOut(environment: PythonEnvironment, directory: string): Promise<void> {
	const wheel = join(sitePackages(environment), 'pytriton/tritonserver');
	const stub = join(wheel, 'python_backend_stubs', environment.base.version, 'triton_python_backend_stub');
	const unfinished = await mkdtemp(`${directory}-`);
	try {
		for (const entry of copiedEntries) {
			await cp(join(wheel, entry), join(unfinished, entry), {recursive: true});
		}

		await mkdir(join(unfinished, 'backends/python'), {recursive: true});
		await cp(stub, join(unfinished, 'backends/python/triton_python_backend_stub'));
		await rename(unfinished, directory);
	} catch (error) {
		await rm(unfinished, {recursive: true, force: true});
		// Another process was faster.
		if (!existsSync(directory)) {
			throw error;
		}
	}
}

/** The server and its models talk to this machine alone. */
function withoutProxies(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	return Object.fromEntries(Object.entries(env).filter(([name]) => !/_proxy$/i.test(name)));
}

function serverEnvironment(environment: PythonEnvironment): NodeJS.ProcessEnv {
	const env = withoutProxies(pythonEnvironmentVariables());
	const libraries = [
		join(sitePackages(environment), 'nvidia_pytriton.libs'),
		environment.base.libraryDirectory,
	];
	const search = (first: readonly string[], rest: string | undefined) =>
		[...first, ...(rest ? [rest] : [])].join(delimiter);
	return {
		...env,
		LD_LIBRARY_PATH: search(libraries, env.LD_LIBRARY_PATH),
		// The stub finds its site packages through the first python3 on the PATH.
		PATH: search([join(environment.directory, 'bin')], env.PATH),
		VIRTUAL_ENV: environment.directory,
		TOKENIZERS_PARALLELISM: 'false',
	};
}
