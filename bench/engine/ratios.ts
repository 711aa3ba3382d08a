import type {MsByTokens} from './pass-figures.ts';

/** How many passes in one number format take the time of one in another. */
export interface FormatRatio {
	readonly tokens: number;
	/** Passes of `int8` in the time of one of `float32`. */
	readonly int8: number;
	readonly bfloat16: number;
	/** What `int8` is to reach here; absent where nothing was promised. */
	readonly aim?: number;
}

const promisedTokens = [1, 32, 128];
/** With and without products of integers in one instruction. */
const aims = {vnni: 2.5, other: 1.5} as const;

/** @param features of the processor, as `/proc/cpuinfo` calls them */
export function formatRatios(
	passMs: Readonly<Record<string, MsByTokens>>,
	features: readonly string[],
): FormatRatio[] {
	const {'engine float32': float32 = {}, 'engine bfloat16': bfloat16 = {}, 'engine int8': int8 = {}} = passMs;
	const aim = features.includes('avx512_vnni') ? aims.vnni : aims.other;
	return Object.keys(float32).map(tokens => ({
		tokens: Number(tokens),
		int8: float32[tokens]! / int8[tokens]!,
		bfloat16: float32[tokens]! / bfloat16[tokens]!,
		...(promisedTokens.includes(Number(tokens)) && {aim}),
	}));
}
