import {formatRatios} from '../engine/ratios.ts';
import type {MeasuredEngine} from '../load/measure-engine.ts';
import {ours} from '../peers/comparison.ts';
import type {ModelQuality} from '../quality/model-quality.ts';
import type {Dtype} from '../quality/summary.ts';
import type {EngineResult, LoadResult, PeersResult, Results} from './results.ts';

/** What was promised, and what was measured. */
export interface Target {
	readonly what: string;
	readonly measured: number;
	readonly aim: number;
	readonly isAtMost: boolean;
	readonly unit: '×' | 'ms' | '%';
}

/** Callers at which first deltas were promised. */
const promisedCallers = 8;

/** Of fewer, a single one is more than what integer weights may lose. */
const leastTasks = 100;

export const isMet = ({measured, aim, isAtMost}: Target): boolean =>
	isAtMost ? measured <= aim : measured >= aim;

/** Every promise that the results tell about. */
export function targets({engine, peers, load, quality}: Results): Target[] {
	return [
		...(engine ? engineTargets(engine) : []),
		...(peers ? peerTargets(peers) : []),
		...(load ? loadTargets(load) : []),
		...(quality ? quality.models.flatMap(qualityTargets) : []),
	];
}

function engineTargets({passMs, machine, overhead, reuse}: EngineResult): Target[] {
	const ratios = formatRatios(passMs, machine.features).map(({tokens, int8, aim}) =>
		aim === undefined
			? []
			: [
					atLeast(
						`passes of ${tokens} ${tokens === 1 ? 'token' : 'tokens'} in \`int8\`, against \`float32\``,
						int8,
						aim,
					),
				],
	);
	const plain = overhead
		.filter(({draftTokens}) => draftTokens === 0)
		.map(
			({p50Ms}): Target => ({
				what: 'time of a step around its pass, median',
				measured: p50Ms,
				aim: 2,
				isAtMost: true,
				unit: 'ms',
			}),
		);
	const sooner = atLeast(
		`first delta of a second edit of a file of ${reuse.fileTokens} tokens, against the first`,
		reuse.firstEditMs / reuse.secondEditMs,
		5,
	);
	return [...ratios.flat(), ...plain, sooner];
}

function peerTargets({rows}: PeersResult): Target[] {
	const row = (name: string) => rows.find(one => one.name === name);
	const [speculative, plain, llamaCpp] = [ours.speculative, ours.plain, 'llama.cpp Q8_0'].map(row);
	const peers = rows.filter(({name}) => name !== ours.speculative && name !== ours.plain);
	const best = (some: typeof peers) => Math.max(...some.map(one => one.tokensPerSecond));
	const withoutDrafts = peers.filter(({hasDrafts}) => !hasDrafts);
	return [
		...(plain && llamaCpp
			? [
					atLeast(
						'plain decoding, against llama.cpp in 8 bits',
						plain.decodeTokensPerSecond / llamaCpp.decodeTokensPerSecond,
						1,
					),
				]
			: []),
		...(speculative && withoutDrafts.length > 0
			? [
					atLeast('whole edits, against the best peer', speculative.tokensPerSecond / best(peers), 2),
					atLeast(
						'whole edits, against the best peer without drafts',
						speculative.tokensPerSecond / best(withoutDrafts),
						5,
					),
				]
			: []),
	];
}

function loadTargets({engines: [engine]}: LoadResult): Target[] {
	if (engine === undefined) {
		return [];
	}

	const first = engine.firstDeltas.find(({callers}) => callers === promisedCallers);
	const gaps = engine.load.filter(({longPrompts}) => longPrompts);
	const longestGapMs = Math.max(...gaps.map(row => row.longestGapMs));
	const at = `first delta at ${promisedCallers} edits at once, against an ideal schedule`;
	return [
		...(first
			? [
					atMost(`${at}, median`, first.p50Ms / first.idealP50Ms, 1.25),
					atMost(`${at}, 99 %`, first.p99Ms / first.idealP99Ms, 1.25),
				]
			: []),
		atMost(
			'longest gap between deltas beside long prompts, against a full pass',
			longestGapMs / engine.budgetedPassMs,
			2,
		),
		atLeast('tokens per second with drafts, against plain, at the worst load', worstGain(engine), 1),
	];
}

function qualityTargets({model, tasks, formats}: ModelQuality): Target[] {
	const exact = (name: Dtype) => formats.find(({dtype}) => dtype === name)!.exact;
	const lostPercent = (100 * (exact('float32') - exact('int8'))) / tasks;
	const what = `exact answers that \`int8\` has fewer than \`float32\`, \`${model}\``;
	return tasks < leastTasks ? [] : [{what, measured: lostPercent, aim: 1, isAtMost: true, unit: '%'}];
}

/** Least gain by drafts over all loads. */
function worstGain({load}: MeasuredEngine): number {
	const key = ({callers, longPrompts}: (typeof load)[number]) => `${callers} ${longPrompts}`;
	const plain = new Map(load.filter(row => !row.speculation).map(row => [key(row), row.tokensPerSecond]));
	const gains = load
		.filter(row => row.speculation)
		.map(row => row.tokensPerSecond / (plain.get(key(row)) ?? Number.NaN));
	return Math.min(...gains);
}

const ratio =
	(isAtMost: boolean) =>
	(what: string, measured: number, aim: number): Target => ({what, measured, aim, isAtMost, unit: '×'});
const [atLeast, atMost] = [ratio(false), ratio(true)];
