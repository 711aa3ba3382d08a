import {ngramRule} from './ngram-rule.ts';

/**
 * vLLM's `ngram` method with lookup sizes 5 to 2, first match, k tokens.
 * Source: "N-Gram Speculation", https://docs.vllm.ai/en/latest/features/speculative_decoding/
 */
export const vllmNgram5 = ngramRule('vllm-ngram-5', {longest: 5, shortest: 2, which: 'first', numTokens: 5});
export const vllmNgram16 = ngramRule('vllm-ngram-16', {
	longest: 5,
	shortest: 2,
	which: 'first',
	numTokens: 16,
});
