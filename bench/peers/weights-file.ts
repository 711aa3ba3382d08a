import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {repositoryRoot} from '../../src/embedded/machine/paths.ts';
import {runCommand} from '../../src/embedded/process/run-command.ts';

/** The GGUF that a built-in model was converted from, downloaded where it is missing. */
export async function weightsFile(python: string, model: string, folder: string): Promise<string> {
	const file = join(folder, 'weights.gguf');
	if (!existsSync(file)) {
		const command = [python, '-m', 'engine.weights_fetch', '--model', model, '--folder', folder];
		const env = {PYTHONPATH: join(repositoryRoot, 'triton-models/verifier/1')};
		await runCommand({python, command, env, what: 'the download', onLine: line => console.error(line)});
	}

	return file;
}
