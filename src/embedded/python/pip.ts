import type {OnProgress} from '../machine/setup-error.ts';
import {runCommand} from '../process/run-command.ts';
import type {RequirementSet} from './requirements.ts';

/** What pip installs, and where. */
export interface PipOptions {
	/** The venv's interpreter. */
	readonly python: string;
	readonly requirements: RequirementSet;
	/** Where wheels are unpacked on their way. */
	readonly temporaryDirectory: string;
	readonly onProgress: OnProgress;
	readonly signal?: AbortSignal | undefined;
}

const reportEveryMs = 1_000;

/**
 * Installs pinned wheels whose hashes match, and nothing that the files don't list.
 * @throws {SetupError} with the last lines of pip's output
 */
export async function pipInstall(options: PipOptions): Promise<void> {
	const {python, requirements, onProgress, signal} = options;
	const {files, numPackages} = requirements;
	let numCollected = 0;
	let reportedMs = 0;
	const onLine = (line: string) => {
		// "Collecting" is what comes from an index, "Processing" a wheel on this machine's disk.
		const [, name] = /^(?:Collecting |Processing \S*\/)([^\s=[/]+?)(?:-\d|[\s=[])/.exec(line) ?? [];
		if (name) {
			numCollected++;
		}
		if (name && performance.now() - reportedMs > reportEveryMs) {
			reportedMs = performance.now();
			onProgress(`Installing Python packages… ${name} ${numCollected}/${numPackages}`);
		}

		if (line.startsWith('Installing collected')) {
			onProgress(`Unpacking ${numCollected} Python packages…`);
		}
	};
	const pip = [python, '-I', '-m', 'pip', '--disable-pip-version-check', '--no-input', 'install'];
	const rules = ['--no-deps', '--require-hashes', '--only-binary=:all:', '--progress-bar=off'];
	const command = [...pip, ...rules, ...files.flatMap(file => ['-r', file])];
	const env = {TMPDIR: options.temporaryDirectory};
	await runCommand({python, command, env, what: 'pip', onLine, signal});
}
