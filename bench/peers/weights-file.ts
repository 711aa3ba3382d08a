import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {repositoryRoot} from '../../src/embedded/machine/paths.ts';
import {runCommand} from '../../src/embedded/process/run-command.ts';

export interface PeerWeights {
	/** Hugging Face directory, the adapter merged, in float32. */
	readonly mergedDirectory: string;
	/** The same in 8 bits for llama.cpp. */
	readonly q8: string;
	/** The file that the model was converted from, without the adapter. */
	readonly downloaded: string;
	/** Its number format, as llama.cpp calls it. */
	readonly downloadedFormat: string;
}

/** A built-in model's weights as other programs read them: made anew, what they are made of downloaded where it is missing. */
export async function peerWeights(python: string, model: string, folder: string): Promise<PeerWeights> {
	const env = {PYTHONPATH: join(repositoryRoot, 'triton-models/verifier/1')};
	const onLine = (line: string) => console.error(line);
	const downloaded = join(folder, 'weights.gguf');
	if (!existsSync(downloaded)) {
		const command = [python, '-m', 'engine.weights_fetch', '--model', model, '--folder', folder];
		await runCommand({python, command, env, what: 'the download', onLine});
	}

	const command = [python, join(import.meta.dirname, 'peer_weights.py'), model, downloaded, folder];
	const lines = await runCommand({python, command, env, what: 'the conversion', onLine});
	return {
		mergedDirectory: join(folder, 'merged'),
		q8: join(folder, 'merged-q8_0.gguf'),
		downloaded,
		downloadedFormat: lines.at(-1)!,
	};
}
