import type {Scores} from './scores.ts';
import type {SensitivityRow} from './sensitivity.ts';

const nameWidth = 20;
const columnWidth = 12;

export function printScores(rules: ReadonlyMap<string, Scores>): void {
	const columns: readonly (readonly [string, (scores: Scores) => string])[] = [
		['tok/pass', scores => scores.tokensPerPass.toFixed(2)],
		['rejected', scores => scores.rejectedShare.toFixed(3)],
		['mispred/hunk', scores => scores.mispredictionsPerHunk.toFixed(2)],
		['reject/hunk', scores => scores.rejectionsPerHunk.toFixed(2)],
		['us/pass', scores => scores.draftMicrosPerPass.toFixed(0)],
		['us p99', scores => scores.draftMicrosP99.toFixed(0)],
		['cpu', scores => ratio(scores, 'cpu')],
		['h100', scores => ratio(scores, 'h100')],
		['h200', scores => ratio(scores, 'h200')],
	];
	row(
		'rule',
		columns.map(([title]) => title),
	);
	for (const [name, scores] of rules) {
		row(
			name,
			columns.map(([, format]) => format(scores)),
		);
	}
	console.log(
		'\ncpu, h100, h200: modelled speed-up over plain decoding, all edits / worst edit. us: processor time of drafting.',
	);
}

export function printSensitivity(rows: readonly SensitivityRow[]): void {
	console.log('\nTokens per pass of redraft with one constant changed, on a sample of the edits:');
	row('constant', ['value', 'halved', 'as it is', 'doubled']);
	for (const {constant, value, tokensPerPass} of rows) {
		row(constant, [value.toPrecision(2), ...tokensPerPass.map(tokens => tokens.toFixed(2))]);
	}
}

export function printLongFile(numTokens: number, {draftMicrosPerPass, draftMicrosP99}: Scores): void {
	console.log(
		`\nDrafting on a file of ${numTokens} tokens: ${draftMicrosPerPass.toFixed(0)} us median, ${draftMicrosP99.toFixed(0)} us p99.`,
	);
}

function ratio({speedups}: Scores, table: string): string {
	const {total, worst} = speedups[table]!;
	return `${total.toFixed(2)}/${worst.toFixed(2)}`;
}

function row(name: string, cells: readonly string[]): void {
	console.log(name.padEnd(nameWidth) + cells.map(cell => cell.padStart(columnWidth)).join(' '));
}
