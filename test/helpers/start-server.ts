import type {ExecutionContext} from 'ava';
import {Admission} from '../../src/edit/admission.ts';
import type {EditBackend} from '../../src/edit/edit.ts';
import {RedraftClient} from '../../src/grpc/client.ts';
import {RedraftServer, type ServerOptions} from '../../src/grpc/server.ts';
import type {LoadedModel} from '../../src/model/loaded-model.ts';
import {FixedLengthPolicy} from '../../src/speculation/draft-length-policy.ts';
import type {Verifier} from '../../src/speculation/verifier.ts';

export interface TestServer {
	readonly address: string;
	readonly client: RedraftClient;
	readonly server: RedraftServer;
	readonly admission: Admission;
}

export interface TestServerOptions extends Partial<ServerOptions> {
	readonly model: LoadedModel;
	/** Undefined: the model is not ready. */
	readonly verifier: Verifier | undefined;
	readonly maxOpenEdits?: number;
	readonly maxQueuedEdits?: number;
}

/** The real server and a real client on a free port; both are closed with the test. */
export async function startServer(t: ExecutionContext, options: TestServerOptions): Promise<TestServer> {
	const {model, verifier} = options;
	const backend: EditBackend | undefined = verifier && {
		model,
		verifier,
		maxDraftTokens: 32,
		maxBranches: 1,
		moves: {maxMoves: 3, maxWaitMs: 0},
		createPolicy: maxDraftTokens => new FixedLengthPolicy(maxDraftTokens),
	};
	const backends = {current: () => backend, reason: () => 'the model is still starting', capacity: () => 64};
	const admission = new Admission(
		backends,
		{maxOpenEdits: options.maxOpenEdits ?? 8, maxQueuedEdits: options.maxQueuedEdits ?? 0},
		options.observer,
	);
	const server = new RedraftServer(admission, {maxRequestBytes: 4 << 20, ...options});
	const address = await server.listen('127.0.0.1:0');
	// What the server answers is looked at, not what comes of asking again.
	const client = new RedraftClient(address, {maxAttempts: 1});
	t.teardown(async () => {
		client.close();
		await server.stop(0);
	});
	return {address, client, server, admission};
}

/** Waits until a condition holds; the test's own time-out ends it. */
export async function until(condition: () => boolean): Promise<void> {
	while (!condition()) {
		await new Promise(resolve => setTimeout(resolve, 5));
	}
}
