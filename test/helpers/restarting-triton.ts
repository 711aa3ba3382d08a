import {chmod, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
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
	/** Further options of the server. */
	readonly serverArguments?: readonly string[];
}

/**
 * A real Triton that comes back at once at the same address, however often it ends: as a pod does, only faster.
 * Stopped with the test, or whatever `t` stands for.
 */
export async function startRestartingTriton(
	t: Pick<ExecutionContext, 'teardown'>,
	options: RestartingTritonOptions,
): Promise<TritonSupervisor> {
	const {modelDirectory, modelRepository = join(repositoryRoot, 'triton-models')} = options;
	const shared = {cacheDirectory: defaultCacheDirectory(), onProgress: () => {}};
	const environment = await ensurePythonEnvironment(shared);
	const found = await ensureTritonDistribution(environment);
	const server = await withArguments(t, found.server, options.serverArguments ?? []);
	const triton = {...shared, environment, distribution: {...found, server}, modelRepository};
	const modelEnvironment = {
		REDRAFT_MODEL: 'qwen2.5-coder',
		REDRAFT_ADAPTER_DIR: 'none',
		REDRAFT_MODEL_DIR: modelDirectory,
		...options.modelEnvironment,
	};
	const supervisor = await TritonSupervisor.start({
		start: (ports, signal) => startEmbeddedTriton({...triton, modelEnvironment, ports, signal}),
		modelDirectory,
		onProgress: () => {},
		backOffMs: Array(1000).fill(100),
	});
	t.teardown(() => supervisor.stop());
	return supervisor;
}

/** A program that starts the server with further options. */
async function withArguments(
	t: Pick<ExecutionContext, 'teardown'>,
	server: string,
	serverArguments: readonly string[],
): Promise<string> {
	if (serverArguments.length === 0) {
		return server;
	}

	const directory = await mkdtemp(join(tmpdir(), 'redraft-server-'));
	t.teardown(() => rm(directory, {recursive: true}));
	const script = join(directory, 'server.sh');
	await writeFile(script, `#!/bin/sh\nexec '${server}' "$@" ${serverArguments.join(' ')}\n`);
	await chmod(script, 0o755);
	return script;
}
