import test from 'ava';
import {barChart} from '../../bench/figures/bar-chart.ts';
import {lineChart, ticks} from '../../bench/figures/line-chart.ts';

test('steps of an axis are round, begin at 0 and hold the largest value', t => {
	t.deepEqual(ticks(676), [0, 200, 400, 600, 800]);
	t.deepEqual(ticks(4), [0, 1, 2, 3, 4]);
	t.deepEqual(ticks(0.9), [0, 0.5, 1]);
});

test('a line goes through its points: x by doublings, y from 0 upwards', t => {
	const points = [
		{x: 1, y: 0},
		{x: 2, y: 2},
		{x: 4, y: 4},
	];
	const svg = lineChart({title: 'T', xTitle: 'x', yTitle: 'y', lines: [{name: 'one', points}]});
	t.true(svg.includes('d="M64 308L294 183L524 58"'), svg);
});

test('a bar is as long as its share of the largest', t => {
	const svg = barChart({
		title: 'T',
		bars: [
			{name: 'whole', value: 10},
			{name: 'half', value: 5},
		],
	});
	t.deepEqual(
		[...svg.matchAll(/ width="(\d+)" height="\d+" fill="#0072b2"/g)].map(([, width]) => width),
		['400', '200'],
	);
});

test('names are text in a picture, whatever they hold', t => {
	const svg = barChart({title: 'a < b & "c"', bars: [{name: '<script>', value: 1}]});
	t.true(svg.includes('a &lt; b &amp; &quot;c&quot;'));
	t.false(svg.includes('<script>'));
});
