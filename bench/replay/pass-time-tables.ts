import {PassTimes} from '../../src/speculation/pass-times.ts';

export interface PassTimeTable {
	readonly name: string;
	readonly passTimes: PassTimes;
}

/** A pass is bound by reading the weights up to `knee` tokens and by arithmetic behind it. */
function roofline(floorMs: number, knee: number, msPerToken: number): PassTimes {
	return new PassTimes([
		{tokens: 1, ms: floorMs},
		{tokens: knee, ms: floorMs},
		{tokens: knee + 1000, ms: floorMs + 1000 * msPerToken},
	]);
}

/**
 * `cpu` was measured: SmolLM2-135M, float32, two AVX2 cores, 512 tokens of context. The others are roofline figures for
 * an 8B model in bf16: weights over bandwidth, and 25 µs per token behind the practical knee.
 */
export const passTimeTables: readonly PassTimeTable[] = [
	{
		name: 'cpu',
		passTimes: new PassTimes([
			{tokens: 1, ms: 75},
			{tokens: 8, ms: 123},
			{tokens: 16, ms: 155},
			{tokens: 32, ms: 208},
			{tokens: 64, ms: 375},
			{tokens: 128, ms: 541},
			{tokens: 256, ms: 868},
		]),
	},
	{name: 'h100', passTimes: roofline(5.6, 225, 0.025)},
	{name: 'h200', passTimes: roofline(3.9, 160, 0.025)},
];
