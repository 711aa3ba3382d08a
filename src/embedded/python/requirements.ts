import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {repositoryRoot} from '../machine/paths.ts';

/** One or more requirement files that are installed together. */
export interface RequirementSet {
	readonly files: readonly string[];
	readonly numPackages: number;
	/** Changes with any byte of the files. 16 hexadecimal digits. */
	readonly hash: string;
}

async function load(names: readonly string[], directory: string): Promise<RequirementSet> {
	const files = names.map(name => join(directory, name));
	const texts = await Promise.all(files.map(file => readFile(file, 'utf8')));
	const numPackages = texts.join('\n').match(/^[a-z][^=\s]*==/gim)?.length ?? 0;
	const hash = createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16);
	return {files, numPackages, hash};
}

/** The requirement files of the model: `base` and one build of torch for every use, `dev` for tests. */
export interface Requirements {
	readonly base: RequirementSet;
	readonly cpu: RequirementSet;
	readonly cuda: RequirementSet;
	readonly dev: RequirementSet;
}

export async function loadRequirements(
	directory = join(repositoryRoot, 'triton-models'),
): Promise<Requirements> {
	const [base, cpu, cuda, dev] = await Promise.all([
		load(['requirements.txt', 'requirements-triton.txt'], directory),
		load(['requirements-cpu.txt'], directory),
		load(['requirements-cuda.txt'], directory),
		load(['requirements-dev.txt'], directory),
	]);
	return {base, cpu, cuda, dev};
}
