import type {EngineResult, LoadResult, PeersResult, QualityResult} from '../../bench/figures/results.ts';
import type {LoadRow} from '../../bench/load/measure-engine.ts';

const machine = {
	processor: 'Test CPU',
	numCores: 2,
	features: ['avx2', 'avx512_vnni'],
	memoryGib: 8,
	revision: 'abc1234',
	date: '2026-01-02',
};

export const engineResult: EngineResult = {
	machine,
	model: 'tiny',
	threads: 2,
	kernels: 'AVX512',
	readBytesPerSecond: 2e10,
	weightBytes: {float32: 2e9, int8: 5e8},
	passMs: {
		'engine float32': {1: 100, 8: 160, 32: 300},
		'engine bfloat16': {1: 50, 8: 80, 32: 150},
		'engine int8': {1: 40, 8: 80, 32: 150},
		'floor int8': {1: 30, 8: 30, 32: 60},
	},
	overhead: [
		{draftTokens: 0, p50Ms: 1.5, p99Ms: 3},
		{draftTokens: 32, p50Ms: 1.75, p99Ms: 4},
	],
	bare: {draftTokens: 0, p50Ms: 1.25, p99Ms: 2},
	reuse: {fileTokens: 2000, firstEditMs: 900, secondEditMs: 100},
};

const row = (name: string, hasDrafts: boolean, tokensPerSecond: number, decodeTokensPerSecond: number) => ({
	name,
	hasDrafts,
	tokensPerSecond,
	decodeTokensPerSecond,
	equalShare: 1,
});

export const peersResult: PeersResult = {
	machine,
	model: 'tiny',
	rounds: 2,
	rows: [
		row('Redraft', true, 60, 90),
		row('Redraft, one token a pass', false, 12, 15),
		row('llama.cpp Q8_0', false, 10, 12),
		row('llama.cpp Q8_0, input lookup', true, 40, 50),
	],
	atOnce: [row('Redraft', true, 100, 20)],
	numAtOnce: 8,
	absent: [{name: 'transformers, continuous batching', reason: 'no such device'}],
};

const loadRow = (setting: Partial<LoadRow>): LoadRow => ({
	callers: 8,
	speculation: true,
	longPrompts: false,
	tokensPerSecond: 50,
	firstMsP50: 100,
	firstMsP99: 200,
	longestGapMs: 300,
	stepsPerPass: 2,
	tokensPerPass: 60,
	longPromptsRead: 0,
	...setting,
});

export const loadResult: LoadResult = {
	machine,
	model: 'tiny',
	settings: {
		callers: [8],
		numEdits: 16,
		numRounds: 5,
		longPromptTokens: 4000,
		outputTokens: 200,
		outputTokensBeside: 24,
	},
	engines: [
		{
			name: 'working tree',
			passMs: [{tokens: 1, ms: 10}],
			budgetedPassMs: 500,
			firstDeltas: [{callers: 8, p50Ms: 120, p99Ms: 260, idealP50Ms: 100, idealP99Ms: 200}],
			load: [
				loadRow({}),
				loadRow({speculation: false, tokensPerSecond: 20}),
				loadRow({longPrompts: true, longestGapMs: 900}),
				loadRow({longPrompts: true, speculation: false, tokensPerSecond: 40, longestGapMs: 800}),
			],
		},
	],
};

const crests = {
	'q/k/v_proj': [3, 4],
	o_proj: [5, 5],
	'gate/up_proj': [4, 6],
	down_proj: [20, 8],
	lm_head: [4],
};

export const qualityResult: QualityResult = {
	machine,
	models: [
		{
			model: 'tiny',
			tasks: 100,
			answerTokens: 12_000,
			codeTokens: 3000,
			formats: [
				{
					dtype: 'float32',
					exact: 40,
					gained: 0,
					lost: 0,
					sameInAnswers: 1,
					perplexityOfCode: 4.5,
					sameInCode: 1,
				},
				{
					dtype: 'bfloat16',
					exact: 40,
					gained: 1,
					lost: 1,
					sameInAnswers: 0.999,
					perplexityOfCode: 4.6,
					sameInCode: 0.98,
				},
				{
					dtype: 'int8',
					exact: 38,
					gained: 1,
					lost: 3,
					sameInAnswers: 0.998,
					perplexityOfCode: 4.5123,
					sameInCode: 0.97,
				},
			],
			sets: [{set: 'merge', tasks: 100, exact: {float32: 40, bfloat16: 40, int8: 38}}],
			activations: {
				tokens: 1500,
				medianCrests: crests,
				otherChoiceShares: {
					none: 0.02,
					'q/k/v_proj': 0.02,
					o_proj: 0.02,
					'gate/up_proj': 0.025,
					down_proj: 0.03,
					lm_head: 0.02,
					all: 0.04,
				},
			},
		},
	],
};
