import {diffArrays} from 'diff';
import {LineDiff} from '../../src/edit/diff/line-diff.ts';
import {addOperation, type LineOperation} from '../../src/edit/diff/line-operation.ts';
import {splitLines} from '../../src/edit/diff/original-lines.ts';
import type {LineOperation as ReceivedOperation} from '../../src/grpc/client.ts';

/**
 * The whole difference between two texts, with neighbours of one kind joined.
 * @param pieceLength characters of the output that come at a time; without it all come at once
 */
export function diffOf(original: string, output: string, pieceLength = output.length): LineOperation[] {
	const diff = new LineDiff(original);
	const operations: LineOperation[] = [];
	const add = (added: readonly LineOperation[]) => {
		for (const operation of added) {
			addOperation(operations, operation);
		}
	};
	for (let start = 0; start < output.length; start += pieceLength) {
		add(diff.push(output.slice(start, start + pieceLength)));
	}

	add(diff.end());
	return operations;
}

/** The same as a client gets them. */
export function receivedDiff(original: string, output: string, pieceLength?: number): ReceivedOperation[] {
	return diffOf(original, output, pieceLength).map(operation => {
		const [name] = Object.keys(operation);
		return {operation: name, ...operation} as ReceivedOperation;
	});
}

/** Lines that were deleted or inserted. */
export function numChangedLines(operations: readonly LineOperation[]): number {
	return operations.reduce((sum, operation) => {
		const inserted = 'insert' in operation ? splitLines(operation.insert).length : 0;
		return sum + inserted + ('deleteLines' in operation ? operation.deleteLines : 0);
	}, 0);
}

/** The same of the smallest diff of two texts. */
export function smallestChange(original: string, output: string): number {
	const changes = diffArrays(splitLines(original), splitLines(output));
	return changes.reduce((sum, {added, removed, count}) => sum + (added || removed ? count : 0), 0);
}

/** What the operations make of an original, as an editor applies them. */
export function applyOperations(original: string, operations: readonly LineOperation[]): string {
	const lines = splitLines(original);
	const parts: string[] = [];
	let cursor = 0;
	for (const operation of operations) {
		if ('insert' in operation) {
			parts.push(operation.insert);
		} else if ('keepLines' in operation) {
			parts.push(lines.slice(cursor, cursor + operation.keepLines).join(''));
			cursor += operation.keepLines;
		} else {
			cursor += operation.deleteLines;
		}
	}

	return parts.join('') + lines.slice(cursor).join('');
}
