import {cp, mkdtemp, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {repositoryRoot} from '../../src/embedded/machine/paths.ts';

type Scope = Pick<ExecutionContext, 'teardown'>;

/** A copy of the project's model repository, without adapters, in which Triton ends an idle sequence so soon. */
export async function impatientRepository(t: Scope, idleMs: number): Promise<string> {
	const repository = await copyRepository(t);
	const file = path.join(repository, 'verifier/config.pbtxt');
	const given = await readFile(file, 'utf8');
	const changed = given.replace(/(?<=max_sequence_idle_microseconds: )\d+/, String(idleMs * 1000));
	await writeFile(file, changed);
	return repository;
}

/** A model whose answers are spoilt while there is a fault, see `faulty_model.py`. */
export interface FaultyModel {
	readonly modelRepository: string;
	readonly modelEnvironment: Readonly<Record<string, string>>;
	/** Sets the fault of all answers from now on; an empty one is none. */
	spoil(fault: string): Promise<void>;
}

export async function faultyModel(t: Scope): Promise<FaultyModel> {
	const modelRepository = await copyRepository(t);
	const version = path.join(modelRepository, 'verifier/1');
	await rename(path.join(version, 'model.py'), path.join(version, 'sound_model.py'));
	await cp(fileURLToPath(new URL('faulty_model.py', import.meta.url)), path.join(version, 'model.py'));
	const file = path.join(modelRepository, 'fault');
	await writeFile(file, '');
	return {
		modelRepository,
		modelEnvironment: {REDRAFT_TEST_FAULT_FILE: file},
		spoil: fault => writeFile(file, fault),
	};
}

async function copyRepository(t: Scope): Promise<string> {
	const directory = await mkdtemp(path.join(tmpdir(), 'redraft-repository-'));
	t.teardown(() => rm(directory, {recursive: true}));
	const isNeeded = (source: string) => !/\/(?:adapters|__pycache__)$/.test(source);
	await cp(path.join(repositoryRoot, 'triton-models/verifier'), path.join(directory, 'verifier'), {
		recursive: true,
		filter: isNeeded,
	});
	return directory;
}
