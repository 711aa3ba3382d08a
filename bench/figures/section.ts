import {formatRatios} from '../engine/ratios.ts';
import type {MeasuredEngine} from '../load/measure-engine.ts';
import type {Machine} from '../machine.ts';
import {charts} from './charts.ts';
import {markdownTable, number, percent} from './markdown.ts';
import {qualityText} from './quality.ts';
import type {EngineResult, LoadResult, PeersResult, Results} from './results.ts';
import {isMet, type Target, targets} from './targets.ts';

/** The README's section of figures; empty where nothing was measured. */
export function performanceSection(results: Results): string {
	const {engine, peers, load, quality} = results;
	const measured = [engine, peers, load, quality].filter(result => result !== undefined);
	const places = [...new Set(measured.map(({machine}) => where(machine)))];
	if (places.length === 0) {
		return '';
	}

	const parts = [
		...(engine ? [engineText(engine)] : []),
		...(peers ? [peersText(peers)] : []),
		...(load ? [loadText(load)] : []),
		...(quality ? [qualityText(quality)] : []),
	];
	const pictures = charts(results).map(({name, title}) => `![${title}](docs/images/${name})`);
	const head = `## Performance\n\n${places.join('; ')}. Written by \`npm run bench:figures\` from \`bench/results/\`.`;
	return `\n${[head, promises(targets(results)), ...parts, ...pictures].join('\n\n')}\n\n`;
}

function promises(all: readonly Target[]): string {
	return markdownTable([
		['aim', 'measured', ''],
		...all.map(target => [
			`${target.what}: ${target.isAtMost ? 'at most' : 'at least'} ${target.aim} ${target.unit}`,
			`${number(target.measured)} ${target.unit}`,
			isMet(target) ? 'met' : 'missed',
		]),
	]);
}

function engineText(result: EngineResult): string {
	const {passMs, overhead, bare, reuse, machine, readBytesPerSecond} = result;
	const tokens = Object.keys(Object.values(passMs)[0] ?? {});
	const rows = Object.entries(passMs).map(([name, times]) => [
		name,
		...tokens.map(size => number(times[size]!)),
	]);
	const ratios = formatRatios(passMs, machine.features);
	const gains = ['float32 / int8', ...ratios.map(({int8}) => `${number(int8)} ×`)];
	const around = overhead.map(
		({draftTokens, p50Ms, p99Ms}) =>
			`${number(p50Ms)} ms (99 %: ${number(p99Ms)}) with ${draftTokens} draft tokens`,
	);
	return [
		`**Passes** of \`${result.model}\` behind 512 tokens, ms by the tokens of the pass. The floor is what reading the weights (${number(readBytesPerSecond / 1e9)} GB/s) or computing the products takes at least. Command: \`npm run bench:engine\`.`,
		markdownTable([['', ...tokens], ...rows, gains]),
		`Around its pass, a step costs ${around.join(', ')}; ${number(bare.p50Ms)} ms (99 %: ${number(bare.p99Ms)}) of it are Triton's own, around a model that only reads as many bytes as a pass. The first delta of an edit of a file of ${number(reuse.fileTokens)} tokens comes after ${number(reuse.firstEditMs)} ms, that of the next edit of the same file after ${number(reuse.secondEditMs)} ms.`,
	].join('\n\n');
}

function peersText({model, rounds, rows, atOnce, numAtOnce, absent}: PeersResult): string {
	return [
		`**Beside others** on the weights of \`${model}\`, ${rounds} rounds. Each writes as many tokens as Redraft did; – is not known. Command: \`npm run bench:peers\`.`,
		markdownTable([
			['', 'whole edits, tokens/s', 'after the first token', 'same tokens'],
			...rows.map(row => [
				row.name,
				number(row.tokensPerSecond),
				number(row.decodeTokensPerSecond),
				percent(row.equalShare),
			]),
		]),
		...(atOnce.length > 0
			? [
					`${numAtOnce} edits at once:`,
					markdownTable([
						['', 'all together, tokens/s', 'same tokens'],
						...atOnce.map(row => [row.name, number(row.tokensPerSecond), percent(row.equalShare)]),
					]),
				]
			: []),
		...absent.map(({name, reason}) => `${name} cannot run here: ${reason}`),
	].join('\n\n');
}

function loadText({model, engines, settings}: LoadResult): string {
	const [current] = engines;
	return [
		`**Under load**: edits of \`${model}\` at several numbers of callers, with and without prompts of ${number(settings.longPromptTokens)} tokens beside them. Command: \`npm run bench:load\`.`,
		markdownTable([
			[
				'engine',
				'callers',
				'beside',
				'drafts',
				'tokens/s',
				'first delta, ms',
				'99 %',
				'longest gap, ms',
				'rows a pass',
				'tokens a pass',
			],
			...engines.flatMap(loadRows),
		]),
		...(current
			? [
					'First deltas of edits that begin together, ms, beside an ideal schedule of the same steps:',
					markdownTable([
						['edits', 'median', 'ideal', '99 %', 'ideal'],
						...current.firstDeltas.map(row =>
							[row.callers, row.p50Ms, row.idealP50Ms, row.p99Ms, row.idealP99Ms].map((value, i) =>
								i === 0 ? String(value) : number(value),
							),
						),
					]),
				]
			: []),
	].join('\n\n');
}

function loadRows({name, load}: MeasuredEngine): string[][] {
	return load.map(row => [
		name,
		String(row.callers),
		row.longPrompts ? 'long prompts' : '',
		row.speculation ? 'yes' : 'no',
		...[row.tokensPerSecond, row.firstMsP50, row.firstMsP99, row.longestGapMs].map(number),
		...[row.stepsPerPass, row.tokensPerPass].map(value => number(value ?? Number.NaN)),
	]);
}

function where({processor, numCores, features, memoryGib, date, revision}: Machine): string {
	return `${numCores} cores of ${processor} (${features.join(', ')}), ${memoryGib} GiB, ${date}, revision ${revision}`;
}
