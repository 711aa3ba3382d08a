import {groupBy} from '../evaluate/group-by.ts';
import {sum} from '../sum.ts';
import {codeSet, type Passage} from './passages.ts';

export const dtypes = ['float32', 'bfloat16', 'int8'] as const;
export type Dtype = (typeof dtypes)[number];

/** What one number format made of one passage. */
export interface Judgement {
	/** Of the passage. */
	readonly key: string;
	readonly dtype: Dtype;
	/** The token that greedy decoding would write in the place of each of the text's. */
	readonly choices: readonly number[];
	/** Of code: the negative logarithm of its probability. */
	readonly nats?: number;
}

/** One number format over all passages. */
export interface FormatFigures {
	readonly dtype: Dtype;
	/** Tasks whose answer greedy decoding writes to the last token. */
	readonly exact: number;
	/** Of these, those that float32 doesn't get right. */
	readonly gained: number;
	/** Tasks that float32 alone gets right. */
	readonly lost: number;
	/** Share of the answers' tokens at which float32 would choose the same. */
	readonly sameInAnswers: number;
	readonly perplexityOfCode: number;
	readonly sameInCode: number;
}

/** Exact answers in one evaluation set. */
export interface SetFigures {
	readonly set: string;
	readonly tasks: number;
	readonly exact: Readonly<Record<Dtype, number>>;
}

/** What passages tell about the number formats. */
export interface FormatsSummary {
	readonly tasks: number;
	readonly answerTokens: number;
	readonly codeTokens: number;
	readonly formats: readonly FormatFigures[];
	readonly sets: readonly SetFigures[];
}

type Judged = Passage & {readonly by: Readonly<Record<Dtype, Judgement>>};

/** Counts the passages that every format has judged. */
export function summarizeFormats(
	passages: readonly Passage[],
	judgements: readonly Judgement[],
): FormatsSummary {
	const judged = pairUp(passages, judgements);
	const answers = judged.filter(({set}) => set !== codeSet);
	const code = judged.filter(({set}) => set === codeSet);
	const sets = [...groupBy(answers, ({set}) => set)].map(([set, own]) => ({
		set,
		tasks: own.length,
		exact: byDtype(dtype => count(own, one => isExact(one, dtype))),
	}));
	return {
		tasks: answers.length,
		answerTokens: sum(answers, ({text}) => text.length),
		codeTokens: sum(code, ({text}) => text.length),
		formats: dtypes.map(dtype => formatFigures(dtype, answers, code)),
		sets,
	};
}

function pairUp(passages: readonly Passage[], judgements: readonly Judgement[]): Judged[] {
	const found = new Map(judgements.map(one => [`${one.key} ${one.dtype}`, one]));
	const isWhole = ({key}: Passage) => dtypes.every(dtype => found.has(`${key} ${dtype}`));
	return passages
		.filter(isWhole)
		.map(one => ({...one, by: byDtype(dtype => found.get(`${one.key} ${dtype}`)!)}));
}

function formatFigures(dtype: Dtype, answers: readonly Judged[], code: readonly Judged[]): FormatFigures {
	const nats = sum(code, ({by}) => by[dtype].nats!);
	return {
		dtype,
		exact: count(answers, one => isExact(one, dtype)),
		gained: count(answers, one => isExact(one, dtype) && !isExact(one, 'float32')),
		lost: count(answers, one => !isExact(one, dtype) && isExact(one, 'float32')),
		sameInAnswers: sameShare(answers, dtype),
		perplexityOfCode: Math.exp(nats / sum(code, ({text}) => text.length)),
		sameInCode: sameShare(code, dtype),
	};
}

/** Greedy decoding writes a text if and only if it would write each of its tokens behind those before. */
const isExact = ({text, by}: Judged, dtype: Dtype): boolean =>
	text.every((token, i) => token === by[dtype].choices[i]);

function sameShare(judged: readonly Judged[], dtype: Dtype): number {
	const same = sum(judged, ({by}) => count(by[dtype].choices, (token, i) => token === by.float32.choices[i]));
	return same / sum(judged, ({text}) => text.length);
}

function count<Item>(items: readonly Item[], is: (item: Item, index: number) => boolean): number {
	return items.filter(is).length;
}

const byDtype = <Value>(value: (dtype: Dtype) => Value): Record<Dtype, Value> =>
	Object.fromEntries(dtypes.map(dtype => [dtype, value(dtype)])) as Record<Dtype, Value>;
