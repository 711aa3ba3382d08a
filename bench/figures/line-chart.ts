import {frame, type Legend, palette, scaled, text} from './svg.ts';

export interface Line {
	readonly name: string;
	/** Ascending in x. */
	readonly points: readonly {readonly x: number; readonly y: number}[];
	readonly isDashed?: boolean;
}

export interface LineChart {
	readonly title: string;
	readonly xTitle: string;
	readonly yTitle: string;
	readonly lines: readonly Line[];
}

const box = {left: 64, top: 58, width: 460, height: 250} as const;

/** Lines over doubling steps of x; y begins at 0. */
export function lineChart({title, xTitle, yTitle, lines}: LineChart): string {
	const points = lines.flatMap(line => line.points);
	const xs = [...new Set(points.map(({x}) => x))].sort((left, right) => left - right);
	const steps = ticks(Math.max(...points.map(({y}) => y)));
	const top = steps.at(-1)!;
	const xOf = (x: number) => box.left + scaled(Math.log2(x), xs.map(Math.log2), box.width);
	const yOf = (y: number) => box.top + box.height * (1 - y / top);
	const grid = steps.map(
		y =>
			`<path d="M${box.left} ${px(yOf(y))}h${box.width}" class="grid"/>${text(box.left - 8, yOf(y) + 4, String(y), 'end')}`,
	);
	const labels = xs.map(x => text(xOf(x), box.top + box.height + 18, String(x), 'middle'));
	const drawn = lines.map(({points: own, isDashed}, i) => {
		const path = own.map(({x, y}) => `${px(xOf(x))} ${px(yOf(y))}`).join('L');
		return `<path d="M${path}" fill="none" stroke="${palette(i)}" stroke-width="2"${isDashed ? ' stroke-dasharray="5 4"' : ''}/>`;
	});
	const legend: Legend = lines.map(({name, isDashed}, i) => ({name, colour: palette(i), isDashed}));
	return frame({
		title,
		legend,
		body: [
			...grid,
			...labels,
			...drawn,
			text(box.left + box.width / 2, box.top + box.height + 38, xTitle, 'middle'),
			text(box.left, box.top - 10, yTitle, 'start'),
		],
	});
}

/** Round steps from 0 to what holds the largest value. */
export function ticks(largest: number): number[] {
	const rough = largest / 4;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough)!;
	const count = Math.ceil(largest / step);
	return Array.from({length: count + 1}, (_, i) => Number((i * step).toPrecision(6)));
}

const px = (value: number) => Number(value.toFixed(1));
