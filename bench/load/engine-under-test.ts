import {existsSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {builtinModelDirectory} from '../../src/embedded/builtin-model.ts';
import {defaultCacheDirectory, repositoryRoot} from '../../src/embedded/machine/paths.ts';
import type {RedraftClient} from '../../src/grpc/client.ts';
import {type LoadedModel, loadModel} from '../../src/model/loaded-model.ts';
import type {Verifier} from '../../src/speculation/verifier.ts';
import type {TritonVerifierOptions} from '../../src/triton/triton-verifier.ts';
import type {RealTriton} from '../../test/helpers/real-triton.ts';
import {git} from '../machine.ts';
import type {PassCounts} from './figures.ts';

/** A Triton and the service on it, of the working tree or of a revision. */
export interface EngineUnderTest {
	readonly name: string;
	readonly client: RedraftClient;
	/** Its tokenizer and rules of the prompt; those of the working tree. */
	readonly model: LoadedModel;
	readonly verifier: Verifier;
	/** Since the start; what the revision does not count yet is undefined. */
	passCounts(): Promise<PassCounts>;
	stop(): Promise<void>;
}

export interface EngineOptions {
	/** A built-in model. */
	readonly model: string;
	readonly tritonModel: string;
}

const counters = ['redraft_passes_total', 'redraft_pass_tokens_total', 'redraft_pass_steps_total'] as const;

/** What is imported of a checkout; its own code starts its own programs. */
interface Checkout {
	startRealTriton(model: string, options: object): Promise<RealTriton>;
	readonly TritonVerifier: new (triton: RealTriton['triton'], options: TritonVerifierOptions) => Verifier;
}

/** Starts the working tree's. */
export async function startWorkingTree(options: EngineOptions): Promise<EngineUnderTest> {
	return start('working tree', repositoryRoot, options);
}

/** Starts that of a revision, checked out to a temporary folder that goes with it. Takes this tree's packages. */
export async function startRevision(revision: string, options: EngineOptions): Promise<EngineUnderTest> {
	const folder = join(mkdtempSync(join(tmpdir(), 'redraft-baseline-')), 'tree');
	git('worktree', 'add', '--quiet', '--detach', folder, revision);
	const remove = () => {
		git('worktree', 'remove', '--force', folder);
		rmSync(join(folder, '..'), {recursive: true, force: true});
	};
	try {
		symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
		const engine = await start(git('rev-parse', '--short', revision), folder, options);
		const stop = async () => {
			await engine.stop();
			remove();
		};
		return {...engine, stop};
	} catch (error) {
		remove();
		throw error;
	}
}

async function start(
	name: string,
	root: string,
	{model, tritonModel: modelName}: EngineOptions,
): Promise<EngineUnderTest> {
	const {startRealTriton, TritonVerifier} = await importCheckout(root);
	const modelDirectory = builtinModelDirectory(defaultCacheDirectory(), model);
	const real = await startRealTriton(model, {
		modelDirectory,
		modelEnvironment: {
			REDRAFT_ADAPTER_DIR: adapterOf(model),
			// Prompts that were read before would be found again, and every setting reads the same ones.
			REDRAFT_PREFIX_CACHE: 'off',
		},
	});
	return {
		name,
		client: real.client,
		model: await loadModel(model, modelDirectory),
		verifier: new TritonVerifier(real.triton, {modelName, stepTimeoutMs: 600_000, endTimeoutMs: 5000}),
		passCounts: () => Promise.all(counters.map(name => real.metric(name).catch(() => undefined))),
		stop: () => real.stop(),
	};
}

async function importCheckout(root: string): Promise<Checkout> {
	const module = async (path: string) => await import(pathToFileURL(join(root, path)).href);
	const {startRealTriton} = await module('test/helpers/real-triton.ts');
	const {TritonVerifier} = await module('src/triton/triton-verifier.ts');
	return {startRealTriton, TritonVerifier};
}

/** The working tree's, so that revisions from before it run the same weights. */
function adapterOf(model: string): string {
	const folder = join(repositoryRoot, 'triton-models/verifier/adapters', model);
	return existsSync(folder) ? folder : 'none';
}
