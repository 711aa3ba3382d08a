import {barChart} from './bar-chart.ts';
import {lineChart} from './line-chart.ts';
import type {EngineResult, LoadResult, PeersResult, Results} from './results.ts';

export interface Chart {
	/** Of the file in `docs/images/`. */
	readonly name: string;
	readonly title: string;
	readonly svg: string;
}

/** A picture of each result that there is. */
export function charts({engine, peers, load}: Results): Chart[] {
	return [
		...(engine ? [engineChart(engine)] : []),
		...(peers ? [peersChart(peers)] : []),
		...(load ? [loadChart(load)] : []),
	];
}

function engineChart({model, passMs}: EngineResult): Chart {
	const title = `${model}: time of a pass by its tokens`;
	const lines = Object.entries(passMs).map(([name, times]) => ({
		name,
		points: Object.entries(times).map(([tokens, ms]) => ({x: Number(tokens), y: ms})),
		isDashed: name.startsWith('floor'),
	}));
	return {
		name: 'bench-engine.svg',
		title,
		svg: lineChart({title, xTitle: 'tokens of the pass', yTitle: 'ms', lines}),
	};
}

function peersChart({model, rows}: PeersResult): Chart {
	const title = `${model}: whole edits, tokens per second`;
	const bars = rows.map(({name, tokensPerSecond}) => ({name, value: tokensPerSecond}));
	return {name: 'bench-peers.svg', title, svg: barChart({title, bars})};
}

function loadChart({model, engines}: LoadResult): Chart {
	const title = `${model}: tokens per second of all edits together`;
	const lines = engines.flatMap(({name, load}, index) =>
		[true, false].map(speculation => ({
			name: `${index === 0 ? '' : `${name}, `}${speculation ? 'drafts' : 'one token a pass'}`,
			points: load
				.filter(row => row.speculation === speculation && !row.longPrompts)
				.map(({callers, tokensPerSecond}) => ({x: callers, y: tokensPerSecond})),
			isDashed: index > 0,
		})),
	);
	return {
		name: 'bench-load.svg',
		title,
		svg: lineChart({title, xTitle: 'edits at a time', yTitle: 'tokens per second', lines}),
	};
}
