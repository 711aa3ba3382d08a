/** A table; the first row is its head. */
export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** Two decimals below 10, one below 100, none above; a dash for what is no number. */
export function number(value: number): string {
	if (!Number.isFinite(value)) {
		return '–';
	}

	const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
	return value.toLocaleString('en-US', {minimumFractionDigits: digits, maximumFractionDigits: digits});
}

/** A share in percent; a dash for one that is not known. */
export function percent(share: number | null): string {
	return share === null || Number.isNaN(share) ? '–' : `${number(100 * share)} %`;
}

/** Puts a text between a file's two marks. */
export function replaceBetween(file: string, [begin, end]: readonly [string, string], text: string): string {
	const [start, stop] = [file.indexOf(begin), file.indexOf(end)];
	if (start === -1 || stop < start) {
		throw new Error(`expected ${begin} and behind it ${end}, got a file without them`);
	}

	return `${file.slice(0, start + begin.length)}\n${text}${file.slice(stop)}`;
}

/** The text between a file's two marks. */
export function textBetween(file: string, [begin, end]: readonly [string, string]): string {
	return file.slice(file.indexOf(begin) + begin.length + 1, file.indexOf(end));
}
