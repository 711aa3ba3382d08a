import {readdir} from 'node:fs/promises';
import {SetupError} from './machine/setup-error.ts';

/** The directories that a user may bring in place of the built-in model. */
export interface ModelFilesOptions {
	readonly modelDirectory?: string | undefined;
	/** `none`: no adapter. */
	readonly adapterDirectory?: string | undefined;
}

/**
 * Refuses directories that the model could not be loaded from, before anything is started.
 * @throws {SetupError} names the setting, what was expected and what is there
 */
export async function checkModelFiles(options: ModelFilesOptions): Promise<void> {
	const {modelDirectory, adapterDirectory} = options;
	if (modelDirectory !== undefined) {
		const names = await list('REDRAFT_MODEL_DIR', modelDirectory);
		expectFile('REDRAFT_MODEL_DIR', modelDirectory, names, 'config.json', name => name === 'config.json');
		expectFile('REDRAFT_MODEL_DIR', modelDirectory, names, 'safetensors', isWeights);
	}

	if (isAdapter(adapterDirectory)) {
		const names = await list('REDRAFT_ADAPTER_DIR', adapterDirectory);
		const file = 'adapter_config.json';
		expectFile('REDRAFT_ADAPTER_DIR', adapterDirectory, names, file, name => name === file);
	}
}

/** Whether the setting names an adapter's directory. */
export const isAdapter = (directory: string | undefined): directory is string =>
	directory !== undefined && directory.toLowerCase() !== 'none';

const isWeights = (name: string) => name.endsWith('.safetensors') || name.endsWith('.safetensors.index.json');

async function list(variable: string, directory: string): Promise<readonly string[]> {
	try {
		return await readdir(directory);
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		throw new SetupError(`${variable}: expected a directory, got ${directory} (${code})`);
	}
}

function expectFile(
	variable: string,
	directory: string,
	names: readonly string[],
	what: string,
	isWanted: (name: string) => boolean,
): void {
	if (!names.some(isWanted)) {
		throw new SetupError(`${variable}: expected a directory with ${what}, got ${directory} without`);
	}
}
