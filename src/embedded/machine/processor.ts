import {readFileSync} from 'node:fs';
import {cpus} from 'node:os';

/** What of the processor decides how fast a model runs on it. */
export interface Processor {
	readonly model: string;
	readonly numCores: number;
	/** Its instructions for vectors and matrices, as the kernel calls them. */
	readonly features: readonly string[];
}

const wanted = [
	...['fma', 'avx2', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'avx512_fp16', 'amx_bf16', 'amx_int8'],
	...['asimd', 'asimddp', 'sve', 'bf16', 'i8mm'],
];

/** @param cpuInfo text of `/proc/cpuinfo` */
export function currentProcessor(cpuInfo = readFileSync('/proc/cpuinfo', 'utf8')): Processor {
	const line =
		cpuInfo.split('\n').find(text => text.startsWith('flags') || text.startsWith('Features')) ?? '';
	const flags = new Set(line.slice(line.indexOf(':') + 1).split(' '));
	const all = cpus();
	return {
		model: all[0]?.model.trim() ?? 'unknown',
		numCores: all.length,
		features: wanted.filter(feature => flags.has(feature)),
	};
}
