import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {type PassTime, PassTimes} from './pass-times.ts';

/**
 * The pass times that an earlier start wrote down, else what `measure` finds. Both are written down for the next
 * start, and again whenever serving has taught better ones.
 * @param file one per model, device and limit
 * @param onError is told why pass times could not be written
 */
export async function keptPassTimes(
	file: string,
	measure: () => Promise<readonly PassTime[]>,
	onError: (error: unknown) => void,
): Promise<PassTimes> {
	let measured: readonly PassTime[] | undefined = await read(file);
	if (!measured) {
		measured = await measure();
		await write(file, measured).catch(onError);
	}

	let writing = Promise.resolve();
	return new PassTimes(measured, learned => {
		writing = writing.then(() => write(file, learned)).catch(onError);
	});
}

/** Undefined where the file is missing or holds something else. */
async function read(file: string): Promise<PassTime[] | undefined> {
	try {
		const points: unknown = JSON.parse(await readFile(file, 'utf8'));
		return isPassTimes(points) ? points : undefined;
	} catch {
		return undefined;
	}
}

function isPassTimes(value: unknown): value is PassTime[] {
	const points = value as Partial<PassTime>[];
	const isPoint = ({tokens, ms}: Partial<PassTime>) => tokens! >= 1 && ms! > 0 && Number.isFinite(ms);
	const sizes = Array.isArray(value) ? points.map(point => point?.tokens) : [];
	return sizes.length > 0 && new Set(sizes).size === sizes.length && points.every(isPoint);
}

/** A reader never sees half a file. */
async function write(file: string, points: readonly PassTime[]): Promise<void> {
	await mkdir(path.dirname(file), {recursive: true});
	await writeFile(`${file}.${process.pid}`, JSON.stringify(points));
	await rename(`${file}.${process.pid}`, file);
}
