import {readFileSync} from 'node:fs';
import {totalmem} from 'node:os';
import {join} from 'node:path';
import type {CatalogModel} from './catalog.ts';
import {catalogModels} from './model-presets.ts';

/** A model, and why it is this one, in words for the log. */
export interface ChosenModel {
	readonly name: string;
	readonly reason: string;
}

/** Written beside the weights of a built-in model that was converted. */
const stampFile = 'redraft-conversion.json';

/** Memory that this process may use: the machine's, or less where its container has a limit. */
export function usableMemoryBytes(): number {
	const limit = process.constrainedMemory();
	return limit === undefined || limit === 0 ? totalmem() : Math.min(limit, totalmem());
}

/**
 * The model where the settings name none: that of the given directory or, without one, of the built-in models that
 * the memory is enough for, the most demanding.
 */
export function defaultModel(
	modelDirectory: string | undefined,
	memoryBytes = usableMemoryBytes(),
	models: readonly Pick<CatalogModel, 'name' | 'defaultMinMemoryBytes'>[] = catalogModels,
): ChosenModel {
	if (modelDirectory !== undefined) {
		const name = convertedModel(modelDirectory);
		return name === undefined || !models.some(model => model.name === name)
			? {name: 'chat', reason: 'the directory may hold any model with a chat template'}
			: {name, reason: 'the directory was converted from it'};
	}

	const [best] = models
		.filter(({defaultMinMemoryBytes = Infinity}) => defaultMinMemoryBytes <= memoryBytes)
		.sort((a, b) => b.defaultMinMemoryBytes! - a.defaultMinMemoryBytes!);
	const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
	const {name, defaultMinMemoryBytes} = best!;
	const needs = `it is the default from ${gigabytes(defaultMinMemoryBytes!)} of memory on`;
	return {name, reason: `${needs}, and there are ${gigabytes(memoryBytes)}`};
}

function convertedModel(directory: string): string | undefined {
	try {
		const stamp = JSON.parse(readFileSync(join(directory, stampFile), 'utf8')) as {model?: unknown};
		return typeof stamp.model === 'string' ? stamp.model : undefined;
	} catch {
		return undefined;
	}
}
