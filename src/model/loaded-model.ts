import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {inlineEncoder, type PromptEncoder} from '../tokenizer/prompt-encoder.ts';
import {Tokenizer} from '../tokenizer/tokenizer.ts';
import {type ModelPreset, presetNamed, stopTokenIds} from './model-presets.ts';

/** What the service knows of the model that Triton hosts: everything but its weights. */
export interface LoadedModel {
	readonly name: string;
	readonly preset: ModelPreset;
	readonly tokenizer: Tokenizer;
	/** Encodes prompts. The service puts one in its place that works in threads of its own. */
	readonly encoder: PromptEncoder;
	/** Ids that end an answer. */
	readonly stopTokens: ReadonlySet<number>;
	/** The one of them that a draft ends with. */
	readonly endToken: number;
	/** Tokens that a sequence may hold, prompt and answer together. */
	readonly contextTokens: number;
}

/**
 * @param directory with tokenizer.json, tokenizer_config.json and config.json
 * @param contextTokens overrides what config.json says
 */
export async function loadModel(
	name: string,
	directory: string,
	contextTokens?: number,
): Promise<LoadedModel> {
	const preset = presetNamed(name);
	const tokenizer = await Tokenizer.load(directory);
	const stopTokens = stopTokenIds(preset, tokenizer);
	return {
		name,
		preset,
		tokenizer,
		encoder: inlineEncoder(tokenizer),
		stopTokens: new Set(stopTokens),
		endToken: stopTokens[0]!,
		contextTokens: contextTokens ?? (await declaredContext(directory)) ?? preset.contextTokens,
	};
}

async function declaredContext(directory: string): Promise<number | undefined> {
	const file = path.join(directory, 'config.json');
	const text = await readFile(file, 'utf8').catch(() => '{}');
	const config = JSON.parse(text) as Record<string, unknown>;
	const declared = config.max_position_embeddings ?? config.n_positions;
	return typeof declared === 'number' ? declared : undefined;
}
