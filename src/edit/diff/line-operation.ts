/**
 * A step from an original to its edit. A cursor stands before the original's first line: `keepLines` moves it over
 * lines, `deleteLines` removes the lines behind it, `insert` puts whole lines in front of it, of which only the very
 * last may lack its ending. A line ends behind its `\n`, as git counts.
 */
export type LineOperation =
	| {readonly keepLines: number}
	| {readonly deleteLines: number}
	| {readonly insert: string};

/** Adds an operation to others; one of the same kind grows in its place. */
export function addOperation(operations: LineOperation[], added: LineOperation): void {
	const last = operations.at(-1);
	const grown = last && joined(last, added);
	if (grown) {
		operations[operations.length - 1] = grown;
	} else {
		operations.push(added);
	}
}

function joined(first: LineOperation, second: LineOperation): LineOperation | undefined {
	if ('keepLines' in first && 'keepLines' in second) {
		return {keepLines: first.keepLines + second.keepLines};
	}

	if ('deleteLines' in first && 'deleteLines' in second) {
		return {deleteLines: first.deleteLines + second.deleteLines};
	}

	return 'insert' in first && 'insert' in second ? {insert: first.insert + second.insert} : undefined;
}
