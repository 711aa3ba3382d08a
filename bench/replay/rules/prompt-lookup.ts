import {ngramRule} from './ngram-rule.ts';

/**
 * Hugging Face transformers, `prompt_lookup_num_tokens=10` with the default n-gram size 2: the first match of the
 * last two tokens, else of the last one.
 * Source: "Assisted decoding", https://huggingface.co/docs/transformers/main/en/assisted_decoding, and
 * https://github.com/apoorvumang/prompt-lookup-decoding
 */
export const promptLookup = ngramRule('prompt-lookup', {
	longest: 2,
	shortest: 1,
	which: 'first',
	numTokens: 10,
});
