export type Legend = readonly {
	readonly name: string;
	readonly colour: string;
	readonly isDashed?: boolean | undefined;
}[];

export interface Frame {
	readonly title: string;
	readonly legend: Legend;
	/** Elements of the plot. */
	readonly body: readonly string[];
}

const size = {width: 780, height: 360} as const;
const legendAt = {left: 548, top: 56, lineHeight: 20} as const;
/** Readable on white and by those who tell colours badly (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const;

export const palette = (index: number): string => colours[index % colours.length]!;

/** A whole picture. */
export function frame({title, legend, body}: Frame): string {
	const {left, top, lineHeight} = legendAt;
	const entries = legend.map(({name, colour, isDashed}, i) => {
		const y = top + i * lineHeight;
		const dashes = isDashed ? ' stroke-dasharray="5 4"' : '';
		return `<path d="M${left} ${y}h22" stroke="${colour}" stroke-width="3"${dashes}/>${text(left + 30, y + 4, name, 'start')}`;
	});
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12" role="img">`,
		`<title>${escaped(title)}</title>`,
		'<style>.grid{stroke:#ddd;stroke-width:1}</style>',
		`<rect width="${size.width}" height="${size.height}" fill="#fff"/>`,
		`<text x="16" y="22" font-size="14" font-weight="bold">${escaped(title)}</text>`,
		...body,
		...entries,
		'</svg>\n',
	].join('\n');
}

export function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
	return `<text x="${Number(x.toFixed(1))}" y="${Number(y.toFixed(1))}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

/** Where a value lies between the least and the largest of some, as part of a length. */
export function scaled(value: number, all: readonly number[], length: number): number {
	const [low, high] = [Math.min(...all), Math.max(...all)];
	return high === low ? length / 2 : ((value - low) / (high - low)) * length;
}

const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};

const escaped = (content: string) => content.replaceAll(/[&<>"]/g, character => entities[character]!);
