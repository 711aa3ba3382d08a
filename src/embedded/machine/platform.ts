import {existsSync} from 'node:fs';
import {SetupError} from './setup-error.ts';

/** What of this machine decides whether Triton's wheel can be used. */
export interface Platform {
	readonly system: string;
	readonly processor: string;
	/** Such as `2.36`; undefined where the C library is another one. */
	readonly glibc: string | undefined;
}

const minGlibc = [2, 35] as const;

export function currentPlatform(): Platform {
	const {header} = process.report.getReport() as unknown as {header: {glibcVersionRuntime?: string}};
	return {system: process.platform, processor: process.arch, glibc: header.glibcVersionRuntime};
}

/**
 * Refuses machines that Triton's wheel has no build for.
 * @throws {SetupError} naming what was expected and what this machine is
 */
export function checkPlatform({system, processor, glibc}: Platform = currentPlatform()): void {
	const [major = 0, minor = 0] = (glibc ?? '0.0').split('.').map(Number);
	const isRecent = major > minGlibc[0] || (major === minGlibc[0] && minor >= minGlibc[1]);
	if (system === 'linux' && ['x64', 'arm64'].includes(processor) && isRecent) {
		return;
	}
	throw new SetupError(
		`the embedded Triton: expected Linux on x64 or arm64 with glibc ${minGlibc.join('.')} or later, ` +
			`got ${system} on ${processor} with ${glibc ? `glibc ${glibc}` : 'no glibc'}; ` +
			'set TRITON_URLS to a Triton that runs elsewhere',
	);
}

/** Whether the driver of an NVIDIA GPU is there. */
export const hasNvidiaGpu = (): boolean => existsSync('/dev/nvidiactl');
