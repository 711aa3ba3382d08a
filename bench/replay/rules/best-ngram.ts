import {ngramRule} from './ngram-rule.ts';

/**
 * No peer's setting: the n-gram rule at its best on edits, found by trying (sizes 8 to 3, latest match, drafts as
 * long as the run allows), so that the comparison is not with a rule held short.
 */
export const bestNgram = ngramRule('best-ngram', {longest: 8, shortest: 3, which: 'last'});
