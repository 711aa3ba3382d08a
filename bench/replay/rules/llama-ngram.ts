import {ngramRule} from './ngram-rule.ts';

/**
 * llama.cpp's `--spec-type ngram-simple` with its 12-token key, the latest match, and the longest draft advised, 64.
 * Source: "Speculative decoding", https://github.com/ggml-org/llama.cpp/blob/master/docs/speculative.md
 */
export const llamaNgram = ngramRule('llama-ngram', {longest: 12, shortest: 12, which: 'last', numTokens: 64});
