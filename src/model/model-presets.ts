import type {Tokenizer} from '../tokenizer/tokenizer.ts';

/** What the service must know of a model family beyond the files in the model's directory. */
export interface ModelPreset {
	readonly name: string;
	/** `chat`: the model's own chat template. `raw`: plain text, for base models. */
	readonly template: 'chat' | 'raw';
	/** Jinja source for directories whose tokenizer brings no chat template. */
	readonly chatTemplate?: string;
	/** What stands behind the system message where the template puts nothing: DeepSeek-Coder's own message ends so. */
	readonly systemEnding?: string;
	/** Texts of the tokens that end an answer, most usual first. The tokenizer's EOS token is always one too. */
	readonly stopTokens: readonly string[];
	/** A sequence starts with the BOS token, once, whether the template writes it or not. */
	readonly addsBos: boolean;
	/** `auto`: float32 on CPU, bfloat16 on CUDA. */
	readonly dtype: 'auto' | 'float32' | 'bfloat16';
	/** Prompt and answer together, in tokens, where config.json does not say. */
	readonly contextTokens: number;
}

const CHATML =
	"{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}" +
	"{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

const LLAMA_3 =
	"{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + " +
	"'<|end_header_id|>\\n\\n' + message['content'] + '<|eot_id|>' }}{% endfor %}" +
	"{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}";

const PRESETS: readonly ModelPreset[] = [
	{
		name: 'smollm2-135m-instruct',
		template: 'chat',
		chatTemplate: CHATML,
		stopTokens: ['<|im_end|>', '<|endoftext|>'],
		addsBos: false,
		dtype: 'float32',
		contextTokens: 8192,
	},
	{
		name: 'gpt2',
		template: 'raw',
		stopTokens: ['<|endoftext|>'],
		addsBos: false,
		dtype: 'float32',
		contextTokens: 1024,
	},
	{
		name: 'llama-3-8b-instruct',
		template: 'chat',
		chatTemplate: LLAMA_3,
		stopTokens: ['<|eot_id|>', '<|end_of_text|>'],
		addsBos: true,
		dtype: 'auto',
		contextTokens: 8192,
	},
	{
		name: 'deepseek-coder-6.7b-instruct',
		template: 'chat',
		systemEnding: '\n',
		stopTokens: ['<|EOT|>', '<｜end▁of▁sentence｜>'],
		addsBos: true,
		dtype: 'auto',
		contextTokens: 16_384,
	},
	{
		name: 'qwen2.5-coder',
		template: 'chat',
		chatTemplate: CHATML,
		stopTokens: ['<|im_end|>', '<|endoftext|>'],
		addsBos: false,
		dtype: 'auto',
		contextTokens: 32_768,
	},
	{
		name: 'chat',
		template: 'chat',
		stopTokens: [
			'<|im_end|>',
			'<|eot_id|>',
			'<|end|>',
			'<end_of_turn>',
			'<|EOT|>',
			'<|endoftext|>',
			'<|end_of_text|>',
		],
		addsBos: false,
		dtype: 'auto',
		contextTokens: 4096,
	},
	{
		name: 'raw',
		template: 'raw',
		stopTokens: ['<|endoftext|>', '<|end_of_text|>'],
		addsBos: false,
		dtype: 'auto',
		contextTokens: 2048,
	},
];

export const PRESET_NAMES: readonly string[] = PRESETS.map(({name}) => name);

/** @throws {Error} no preset has the name; the message lists those there are */
export function presetNamed(name: string): ModelPreset {
	const preset = PRESETS.find(one => one.name === name);
	if (!preset) {
		throw new Error(`model preset: expected one of ${PRESET_NAMES.join(', ')}, got ${JSON.stringify(name)}`);
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
