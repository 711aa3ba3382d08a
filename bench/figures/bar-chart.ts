import {number} from './markdown.ts';
import {frame, palette, text} from './svg.ts';

export interface BarChart {
	readonly title: string;
	readonly bars: readonly {readonly name: string; readonly value: number}[];
}

const box = {left: 290, top: 44, width: 400, height: 300} as const;

/** Bars one below the other, from 0. */
export function barChart({title, bars}: BarChart): string {
	const largest = Math.max(...bars.map(({value}) => value));
	const rowHeight = box.height / bars.length;
	const body = bars.flatMap(({name, value}, i) => {
		const y = box.top + i * rowHeight;
		const width = Number(((value / largest) * box.width).toFixed(1));
		const height = Number((rowHeight * 0.7).toFixed(1));
		const middle = y + height / 2 + 4;
		return [
			`<rect x="${box.left}" y="${Number(y.toFixed(1))}" width="${width}" height="${height}" fill="${palette(0)}"/>`,
			text(box.left - 8, middle, name, 'end'),
			text(box.left + width + 6, middle, number(value), 'start'),
		];
	});
	return frame({title, legend: [], body});
}
