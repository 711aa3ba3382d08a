import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {builtinModelDirectory} from '../../embedded/builtin-model.ts';
import {formatBytes, freeBytesAt, sizeOf} from '../../embedded/machine/disk.ts';
import {hasNvidiaGpu} from '../../embedded/machine/platform.ts';
import {checkModelFiles} from '../../embedded/model-files.ts';
import {findPythonEnvironment} from '../../embedded/python/python-environment.ts';
import {type Finding, findingOf} from './finding.ts';

/** The settings that decide what is needed. */
export interface DoctorSettings {
	readonly cacheDirectory: string;
	readonly model: string;
	/** Why it is this one. */
	readonly modelReason: string;
	/** What its set-up downloads; undefined for a model whose weights the user has to bring. */
	readonly modelDownloadBytes: number | undefined;
	readonly modelDirectory?: string | undefined;
	readonly adapterDirectory?: string | undefined;
	readonly device: string;
	readonly dtype: string;
}

/** Environment and built-in model, as the first start makes them, with pip's room for unpacking. */
const setUpBytes = 4e9;

/** What was set up for a Triton on this machine, and the model that it would run. */
export async function setUpFindings(settings: DoctorSettings): Promise<Finding[]> {
	const environment = await environmentFinding(settings);
	return [
		...(environment ? [environment] : []),
		await modelFinding(settings),
		{subject: 'number format', state: 'ok', found: numberFormat(settings)},
		await diskFinding(settings, environment?.state === 'ok'),
	];
}

/** Undefined where the machine or its Python does not fit, which is a finding of its own. */
async function environmentFinding({cacheDirectory}: DoctorSettings): Promise<Finding | undefined> {
	const environment = await findPythonEnvironment({cacheDirectory}).catch(() => undefined);
	if (environment === undefined) {
		return undefined;
	}

	const {directory, isSetUp} = environment;
	const subject = 'Python packages';
	return isSetUp
		? {subject, state: 'ok', found: `${formatBytes(await sizeOf(directory))} in ${directory}`}
		: {subject, state: 'note', found: 'not set up', advice: 'the next start installs them, about 1.5 GB'};
}

async function modelFinding({
	cacheDirectory,
	model,
	modelReason,
	modelDownloadBytes,
	...directories
}: DoctorSettings): Promise<Finding> {
	const {modelDirectory, adapterDirectory} = directories;
	const subject = 'model';
	if (modelDirectory !== undefined) {
		return findingOf(subject, async () => {
			await checkModelFiles({modelDirectory, adapterDirectory});
			return `${model}, ${formatBytes(await sizeOf(modelDirectory))} in ${modelDirectory} (${modelReason})`;
		});
	}

	if (modelDownloadBytes === undefined) {
		const found = `${model}, but REDRAFT_MODEL_DIR does not say where its weights are`;
		return {subject, state: 'bad', found, advice: 'name a Hugging Face directory'};
	}

	const directory = builtinModelDirectory(cacheDirectory, model);
	const numBytes = await sizeOf(directory);
	if (numBytes > 0) {
		const found = `${model}, ${formatBytes(numBytes)} in ${directory} (${modelReason})`;
		return {subject, state: 'ok', found};
	}

	const found = `${model}, not set up (${modelReason})`;
	const advice = `the next start downloads ${formatBytes(modelDownloadBytes)} of pip packages`;
	return {subject, state: 'note', found, advice};
}

function numberFormat({device, dtype}: DoctorSettings): string {
	const chosen = device === 'auto' ? (hasNvidiaGpu() ? 'cuda' : 'cpu') : device;
	if (dtype !== 'auto') {
		return `${dtype} on ${chosen} (REDRAFT_DTYPE)`;
	}

	return chosen === 'cuda'
		? 'bfloat16 on cuda (chosen by the device)'
		: 'int8 or float32 on cpu (the start measures which, and logs it)';
}

async function diskFinding({cacheDirectory}: DoctorSettings, isSetUp: boolean): Promise<Finding> {
	const names = (await readdir(cacheDirectory).catch(() => [] as string[])).sort();
	const sizes = await Promise.all(names.map(name => sizeOf(join(cacheDirectory, name))));
	const free = await freeBytesAt(cacheDirectory);
	const parts = names
		.map((name, index) => ({name, numBytes: sizes[index]!}))
		.filter(({numBytes}) => numBytes >= 1e6)
		.map(({name, numBytes}) => `\n${name}: ${formatBytes(numBytes)}`);
	const total = sizes.reduce((sum, size) => sum + size, 0);
	const found = `${formatBytes(total)} in ${cacheDirectory}, ${formatBytes(free)} free${parts.join('')}`;
	return isSetUp || free >= setUpBytes
		? {subject: 'cache', state: 'ok', found}
		: {
				subject: 'cache',
				state: 'bad',
				found,
				advice: `free ${formatBytes(setUpBytes)}, or let XDG_CACHE_HOME name another disk`,
			};
}
