import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {helperScript} from '../machine/paths.ts';
import {SetupError} from '../machine/setup-error.ts';

/** A Python that Triton's Python backend has a matching stub for. */
export interface Interpreter {
	readonly executable: string;
	/** Such as `3.11`. */
	readonly version: string;
	/** Such as `3.11.7`. */
	readonly fullVersion: string;
	/** Where the shared libpython lies. */
	readonly libraryDirectory: string;
}

interface Probe extends Omit<Interpreter, 'libraryDirectory'> {
	readonly implementation: string;
	readonly libraryDirectory: string | null;
	readonly hasVenv: boolean;
}

/** transformers 5.23 ends support below 3.11, and numpy 1.26 has no wheels above 3.12. */
const supportedVersions = ['3.11', '3.12'];
const candidates = ['python3.11', 'python3.12', 'python3', 'python'];
const probeTimeoutMs = 30_000;

async function probe(command: string): Promise<Probe | undefined> {
	try {
		const {stdout} = await promisify(execFile)(command, ['-I', helperScript('python/probe_python.py')], {
			timeout: probeTimeoutMs,
		});
		return JSON.parse(stdout) as Probe;
	} catch {
		// Not there, or a placeholder that refuses to run: as good as not there.
		return undefined;
	}
}

/** What keeps an interpreter from being used; undefined where nothing does. */
function objection(found: Probe | undefined): string | undefined {
	if (!found) {
		return 'not found';
	}
	if (found.implementation !== 'cpython') {
		return `is ${found.implementation}, expected CPython`;
	}
	if (!supportedVersions.includes(found.version)) {
		return `is Python ${found.fullVersion}`;
	}
	if (!found.libraryDirectory) {
		return `has no shared libpython (on Debian and Ubuntu: apt install libpython${found.version})`;
	}

	return found.hasVenv ? undefined : `has no venv module (apt install python${found.version}-venv)`;
}

/**
 * Finds the Python to build the model's environment with: `REDRAFT_PYTHON`, else the first that fits on the PATH.
 * @throws {SetupError} with what was tried and why it did not fit
 */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<Interpreter> {
	const tried: string[] = [];
	for (const command of env.REDRAFT_PYTHON ? [env.REDRAFT_PYTHON] : candidates) {
		const found = await probe(command);
		const reason = objection(found);
		if (found?.libraryDirectory && !reason) {
			return {...found, libraryDirectory: found.libraryDirectory};
		}
		tried.push(`    ${command}: ${reason}`);
	}

	throw new SetupError(
		`Python: expected ${supportedVersions.join(' or ')} with venv and a shared libpython, tried\n${tried.join('\n')}\n` +
			'Install one, name it in REDRAFT_PYTHON, or set TRITON_URLS to a Triton that runs elsewhere.',
	);
}
