import type {Tokenizer} from '../tokenizer/tokenizer.ts';
import {type CatalogModel, readCatalog} from './catalog.ts';

/** What the service must know of a model family beyond the files in the model's directory. */
export interface ModelPreset
	extends Readonly<
		Pick<CatalogModel, 'name' | 'template' | 'systemEnding' | 'stopTokens' | 'addsBos' | 'contextTokens'>
	> {
	/** Jinja source for directories whose tokenizer brings no chat template. */
	readonly chatTemplate?: string;
}

const {models, chatTemplates} = readCatalog();

/** The catalog's entries, in its order. */
export const catalogModels: readonly CatalogModel[] = models;

const presets: readonly ModelPreset[] = models.map(({chatTemplate, ...model}) => ({
	...model,
	...(chatTemplate !== undefined && {chatTemplate: chatTemplates[chatTemplate]!}),
}));

export const presetNames: readonly string[] = presets.map(({name}) => name);

/** @throws {Error} no preset has the name; the message lists those there are */
export function presetNamed(name: string): ModelPreset {
	const preset = presets.find(one => one.name === name);
	if (!preset) {
		throw new Error(`model preset: expected one of ${presetNames.join(', ')}, got ${JSON.stringify(name)}`);
	}

	return preset;
}

/**
 * Ids that end an answer, most usual first. Never empty.
 * @throws {Error} the tokenizer knows none of the preset's stop tokens
 */
export function stopTokenIds(
	preset: ModelPreset,
	tokenizer: Pick<Tokenizer, 'tokenId' | 'eosToken'>,
): readonly number[] {
	const texts = [...preset.stopTokens, ...(tokenizer.eosToken === undefined ? [] : [tokenizer.eosToken])];
	const ids = texts.map(text => tokenizer.tokenId(text)).filter(id => id !== undefined);
	if (ids.length === 0) {
		throw new Error(
			`stop tokens of the preset "${preset.name}": expected one of ${texts.join(', ')} in the tokenizer, got none; ` +
				'is the preset that of the model?',
		);
	}

	return [...new Set(ids)];
}
