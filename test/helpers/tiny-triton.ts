import {startEmbeddedModel} from '../../src/embedded/embedded-model.ts';
import {signalTriton, type TritonProgram, tritonMetric, untilIdle} from './real-triton.ts';
import {tinyCheckpoint} from './tiny-checkpoint.ts';

/** A real Triton with a tiny model, without a service. */
export interface TinyTriton {
	/** `host:port` of its gRPC port. */
	readonly address: string;
	readonly modelDirectory: string;
	/** Value of one of Triton's metrics; its labels are summed. */
	metric(name: string): Promise<number>;
	/** Sends a signal to one of its processes. */
	signal(program: TritonProgram, signal: NodeJS.Signals): void;
	/** Resolves when it has no sequence open, those included that nobody will end any more. */
	untilIdle(): Promise<void>;
	stop(): Promise<void>;
}

/** Plain decoding of a text that does not repeat itself, and goes on until it is stopped. */
export function tinyEdit(maxOutputTokens: number) {
	return {
		original: 'y = 2\n',
		instruction: 'Rename a to b.',
		language: 'javascript',
		options: {speculation: false, maxOutputTokens, includeTokenIds: true},
	};
}

/**
 * Starts one for all tests of a file, which stop it at their end.
 * @param modelEnvironment further variables of the model
 * @param modelDirectory of another one's; left out: a model of its own, with the same weights
 */
export async function startTinyTriton(
	modelEnvironment: Readonly<Record<string, string>> = {},
	modelDirectory?: string,
): Promise<TinyTriton> {
	const ends: (() => unknown)[] = [];
	const stop = async () => {
		for (const end of ends) {
			await end();
		}
	};
	try {
		const teardown = (end: () => unknown) => void ends.unshift(end);
		const directory = modelDirectory ?? (await tinyCheckpoint({teardown}, 'llama'));
		const supervisor = await startEmbeddedModel({
			modelDirectory: directory,
			modelEnvironment: {REDRAFT_MODEL: 'qwen2.5-coder', REDRAFT_ADAPTER_DIR: 'none', ...modelEnvironment},
		});
		teardown(() => supervisor.stop());
		const metric = (name: string) => tritonMetric(supervisor, name);
		return {
			address: supervisor.address()!,
			modelDirectory: directory,
			metric,
			signal: (program, signal) => signalTriton(supervisor, program, signal),
			untilIdle: () => untilIdle({metric}),
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}
