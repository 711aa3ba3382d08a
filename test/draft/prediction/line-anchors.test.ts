import test from 'ava';
import fc from 'fast-check';
import {anchorSegments} from '../../../src/draft/prediction/line-anchors.ts';
import {splitUpdate} from '../../../src/draft/prediction/update-segments.ts';
import {runAtOnce} from '../../../src/draft/slices.ts';

const place = (original: readonly string[], update: string) =>
	anchorSegments(original, runAtOnce(splitUpdate(update)));

test('lines that stand once in both texts are placed, and equal lines beside them', t => {
	const original = ['start', 'x', 'x', 'unique', 'x', 'x', 'end'];
	t.deepEqual(place(original, '// ...\nx\nunique\nx\nnew\n// ...'), [[2, 3, 4, -1]]);
});

test('an update that begins or ends without a marker is placed from the file’s start or end on', t => {
	const original = ['x', 'x', 'y', 'x', 'x'];
	t.deepEqual(place(original, 'x\nx\nnew\nx'), [[0, 1, -1, 4]]);
	t.deepEqual(place(original, 'x\n// ...\nx'), [[0], [4]]);
});

test('of lines in another order the longest rising series is placed', t => {
	const original = ['a', 'b', 'c', 'd'];
	t.deepEqual(place(original, '// ...\nd\na\nb\nc\n// ...'), [[-1, 0, 1, 2]]);
});

test('where no line can be placed, nothing is', t => {
	t.is(place(['x', 'x'], '// ...\nx\n// ...'), undefined);
	t.is(place(['a', 'b'], '// ...\nc\n// ...'), undefined);
});

test('placed lines are equal but for their indentation, and rise', t => {
	const line = fc.constantFrom('a', 'b', '  b', 'c', '', '}', '// ...', 'd', 'e', '\tf');
	const lines = fc.array(line, {minLength: 1, maxLength: 40});
	fc.assert(
		fc.property(lines, lines, (original, update) => {
			const segments = runAtOnce(splitUpdate(update.join('\n')));
			const placement = segments.length > 0 ? (anchorSegments(original, segments) ?? []).flat() : [];
			const mine = segments.flatMap(segment => segment.lines);
			const placed = placement.filter(index => index !== -1);
			return (
				placement.every((index, at) => index === -1 || original[index]!.trim() === mine[at]!.trim()) &&
				placed.every((index, at) => at === 0 || index > placed[at - 1]!)
			);
		}),
		{numRuns: 1000},
	);
	t.pass();
});
