import {freemem, totalmem} from 'node:os';
import {formatBytes} from '../../embedded/machine/disk.ts';
import {checkPlatform, currentPlatform, hasNvidiaGpu} from '../../embedded/machine/platform.ts';
import {currentProcessor} from '../../embedded/machine/processor.ts';
import {findPython} from '../../embedded/python/find-python.ts';
import {type Finding, findingOf} from './finding.ts';

/** The built-in model in float32, its cache and the libraries around it. */
const minMemoryBytes = 4e9;

/** What the machine itself brings. */
export async function machineFindings(): Promise<Finding[]> {
	return [
		{subject: 'Node', state: 'ok', found: process.versions.node},
		await findingOf('system', system),
		processor(),
		memory(),
		{
			subject: 'GPU',
			state: 'ok',
			found: hasNvidiaGpu()
				? 'the driver of an NVIDIA GPU is there'
				: 'none; the model runs on the processor',
		},
		await findingOf('Python', python),
	];
}

function system(): string {
	checkPlatform();
	const {system: name, processor: architecture, glibc} = currentPlatform();
	return `${name} on ${architecture}, glibc ${glibc}`;
}

function processor(): Finding {
	const {model, numCores, features} = currentProcessor();
	const found = `${numCores} × ${model} (${features.join(', ') || 'no vector instructions'})`;
	const isFast = features.includes('avx2') || features.includes('asimd');
	return isFast
		? {subject: 'processor', state: 'ok', found}
		: {subject: 'processor', state: 'note', found, advice: 'without AVX2 a model is several times slower'};
}

function memory(): Finding {
	const found = `${formatBytes(totalmem())}, ${formatBytes(freemem())} of it free`;
	return totalmem() >= minMemoryBytes
		? {subject: 'memory', state: 'ok', found}
		: {
				subject: 'memory',
				state: 'note',
				found,
				advice: `the built-in model wants ${formatBytes(minMemoryBytes)}`,
			};
}

async function python(): Promise<string> {
	const {executable, fullVersion} = await findPython();
	return `${fullVersion}, ${executable}`;
}
