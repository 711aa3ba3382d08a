import type {NamedRule} from './rule.ts';

/** Plain greedy decoding: one token per pass. */
export const plain: NamedRule = {name: 'plain', start: () => ({propose: () => [], commit: () => {}})};
