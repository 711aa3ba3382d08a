/**
 * Compares the line operations that go out while a text arrives with the smallest line diff, over committed edits.
 * Usage: main.ts --input FILE… [--json]
 */
import {parseArgs} from 'node:util';
import {diffArrays} from 'diff';
import {LineDiff} from '../../src/edit/diff/line-diff.ts';
import type {LineOperation} from '../../src/edit/diff/line-operation.ts';
import {splitLines} from '../../src/edit/diff/original-lines.ts';
import {type EditRecord, readRecords} from '../replay/load-edits.ts';

interface DiffScore {
	/** Lines that are deleted or inserted. */
	readonly numChanged: number;
	/** The same of the smallest diff. */
	readonly numSmallest: number;
	readonly numLines: number;
	/** Lines that were held back, summed over the lines of the output as they came. */
	readonly numHeld: number;
}

function score({before, after}: EditRecord): DiffScore {
	const diff = new LineDiff(before);
	const operations: LineOperation[] = [];
	let [numTold, numHeld] = [0, 0];
	const lines = splitLines(after);
	for (const [index, line] of lines.entries()) {
		const sent = diff.push(line);
		operations.push(...sent);
		numTold += sent.reduce((sum, operation) => sum + numWritten(operation), 0);
		numHeld += index + 1 - numTold;
	}

	operations.push(...diff.end());
	const numChanged = operations.reduce((sum, operation) => sum + numChangedBy(operation), 0);
	return {numChanged, numSmallest: smallestChange(before, lines), numLines: lines.length, numHeld};
}

/** Lines of the output that an operation tells. */
function numWritten(operation: LineOperation): number {
	if ('keepLines' in operation) {
		return operation.keepLines;
	}

	return 'insert' in operation ? splitLines(operation.insert).length : 0;
}

function numChangedBy(operation: LineOperation): number {
	if ('keepLines' in operation) {
		return 0;
	}

	return 'insert' in operation ? splitLines(operation.insert).length : operation.deleteLines;
}

function smallestChange(before: string, lines: string[]): number {
	const changes = diffArrays(splitLines(before), lines);
	return changes.reduce((sum, {added, removed, count}) => sum + (added || removed ? count : 0), 0);
}

const {values} = parseArgs({
	options: {input: {type: 'string', multiple: true}, json: {type: 'boolean', default: false}},
});
if (values.input === undefined) {
	throw new Error('--input: expected one file or more, got nothing');
}

const scores = readRecords(values.input).map(score);
const sum = (field: keyof DiffScore) => scores.reduce((total, one) => total + one[field], 0);
const result = {
	edits: scores.length,
	smallestDiffs: scores.filter(({numChanged, numSmallest}) => numChanged === numSmallest).length,
	changedLines: sum('numChanged'),
	changedLinesOfSmallest: sum('numSmallest'),
	meanLinesHeld: sum('numHeld') / sum('numLines'),
};
if (values.json) {
	console.log(JSON.stringify(result));
} else {
	const factor = (result.changedLines / result.changedLinesOfSmallest).toFixed(3);
	console.log(`${result.edits} edits, of ${result.smallestDiffs} the operations are a smallest diff`);
	console.log(
		`${result.changedLines} changed lines; ${result.changedLinesOfSmallest} in smallest diffs: ${factor} times`,
	);
	console.log(`${result.meanLinesHeld.toFixed(2)} lines held back on average`);
}
