import type {EngineResult, LoadResult, PeersResult} from '../../bench/figures/results.ts';
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
