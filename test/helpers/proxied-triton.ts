import type {ExecutionContext} from 'ava';
import type {TritonSupervisor} from '../../src/embedded/triton-supervisor.ts';
import {FaultyProxy} from './faulty-proxy.ts';
import {fetchOnce} from './fetch-once.ts';
import {signalTriton, type TritonProgram, tritonPort} from './real-triton.ts';
import {type RestartingTritonOptions, startRestartingTriton} from './restarting-triton.ts';

/** A Triton that is reached over a network that can be made bad. */
export interface ProxiedTriton {
	readonly supervisor: TritonSupervisor;
	readonly proxy: FaultyProxy;
	/** `host:port` of the proxy. */
	readonly address: string;
	readonly modelDirectory: string;
	/** Sends a signal to one of its processes. */
	signal(program: TritonProgram, signal: NodeJS.Signals): void;
	/** Loads its model or unloads it while it runs. */
	repository(action: 'load' | 'unload'): Promise<void>;
}

/** @param random numbers in [0, 1), for what the network does at random */
export async function startProxiedTriton(
	t: Pick<ExecutionContext, 'teardown'>,
	options: RestartingTritonOptions,
	random?: () => number,
): Promise<ProxiedTriton> {
	const supervisor = await startRestartingTriton(t, options);
	const proxy = await FaultyProxy.start(supervisor.address()!, random);
	t.teardown(() => proxy.stop());
	return {
		supervisor,
		proxy,
		address: proxy.address,
		modelDirectory: options.modelDirectory,
		signal: (program, signal) => signalTriton(supervisor, program, signal),
		repository: async action => askRepository(tritonPort(supervisor, 'http'), action),
	};
}

/** Loads the model of the Triton with this HTTP port on this machine, or unloads it. */
export async function askRepository(httpPort: number, action: 'load' | 'unload'): Promise<void> {
	const url = `http://127.0.0.1:${httpPort}/v2/repository/models/verifier/${action}`;
	const response = await fetchOnce(url, {method: 'POST'});
	if (!response.ok) {
		throw new Error(`${action} of the model: expected 200, got ${response.status}: ${await response.text()}`);
	}
}
