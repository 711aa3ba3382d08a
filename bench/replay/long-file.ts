import type {EditRecord} from './load-edits.ts';

/** Characters of a file of some 20,000 tokens of code. */
const numCharacters = 80_000;

/** One edit of a long file: records joined until they make about 20,000 tokens. Undefined where they do not suffice. */
export function joinRecords(records: readonly EditRecord[]): EditRecord | undefined {
	let before = '';
	let after = '';
	for (const record of records) {
		if (before.length > numCharacters) {
			break;
		}
		if (before.length + record.before.length > numCharacters * 1.25) {
			continue;
		}
		before += record.before;
		after += record.after;
	}
	if (before.length < numCharacters) {
		return undefined;
	}
	return {before, after, path: 'long-file.txt', message: 'Apply all changes.'};
}
