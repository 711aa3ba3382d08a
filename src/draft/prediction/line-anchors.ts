import type {Placement} from './line-alignment.ts';
import type {UpdateSegment} from './update-segments.ts';

/** A line of the update and the original line that it is. */
interface Anchor {
	/** Index over all segments. */
	readonly line: number;
	readonly original: number;
}

/**
 * Places the lines of an update by those that stand once in both texts, and equal lines next to them: the longest rising
 * series of such anchors, as in Bram Cohen's patience diff. Coarser than an alignment, but its cost is nearly linear.
 * Undefined where no line could be placed.
 */
export function anchorSegments(
	original: readonly string[],
	segments: readonly UpdateSegment[],
): Placement | undefined {
	const lines = segments.flatMap(segment => segment.lines);
	const anchors = longestRising(sharedOnce(original, lines));
	const placed = new Int32Array(lines.length).fill(-1);
	const bounds = segmentBounds(segments);
	let from: Anchor = {line: -1, original: -1};
	for (const to of [...anchors, {line: lines.length, original: original.length}]) {
		extend(placed, original, lines, {
			from,
			to,
			ahead: bounds.ends[from.line + 1]!,
			back: bounds.starts[to.line]!,
		});
		from = to;
	}
	for (const anchor of anchors) {
		placed[anchor.line] = anchor.original;
	}
	return placed.some(line => line !== -1) ? bySegment(placed, segments) : undefined;
}

/**
 * How far lines may be followed: not across a marker, where equal lines prove nothing. Shapes: (lines + 1).
 * `ends[i]` is for the line before line `i`, `starts[i]` for line `i`; the file's ends count as lines.
 */
function segmentBounds(segments: readonly UpdateSegment[]): {starts: Int32Array; ends: Int32Array} {
	const numLines = segments.reduce((sum, {lines}) => sum + lines.length, 0);
	const starts = new Int32Array(numLines + 1);
	const ends = new Int32Array(numLines + 1);
	let start = 0;
	for (const {lines} of segments) {
		const end = start + lines.length;
		starts.fill(start, start, end);
		ends.fill(end, start + 1, end + 1);
		start = end;
	}
	ends[0] = segments[0]!.isOpenBefore ? 0 : segments[0]!.lines.length;
	starts[numLines] = segments.at(-1)!.isOpenBehind ? numLines : numLines - segments.at(-1)!.lines.length;
	return {starts, ends};
}

/** Ascending in lines of the update. */
function sharedOnce(original: readonly string[], lines: readonly string[]): Anchor[] {
	const [theirs, mine] = [original, lines].map(linesOnce) as [Map<string, number>, Map<string, number>];
	return [...mine].flatMap(([text, line]) => {
		const place = theirs.get(text) ?? -1;
		return line >= 0 && place >= 0 ? [{line, original: place}] : [];
	});
}

/** Index of each line that stands once, indentation left out; -1 for the others. */
function linesOnce(lines: readonly string[]): Map<string, number> {
	const once = new Map<string, number>();
	for (const [index, line] of lines.entries()) {
		const text = line.trim();
		if (text !== '') {
			once.set(text, once.has(text) ? -1 : index);
		}
	}
	return once;
}

/** The longest series of anchors that rise in the original too. */
function longestRising(anchors: readonly Anchor[]): Anchor[] {
	/** Index of the last anchor of the best series of each length, and the anchor before each anchor. */
	const ends: number[] = [];
	const before: number[] = [];
	for (const [index, {original}] of anchors.entries()) {
		let low = 0;
		let high = ends.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (anchors[ends[middle]!]!.original < original) {
				low = middle + 1;
			} else {
				high = middle;
			}
		}
		before.push(ends[low - 1] ?? -1);
		ends[low] = index;
	}
	const series: Anchor[] = [];
	for (let index = ends.at(-1) ?? -1; index !== -1; index = before[index]!) {
		series.push(anchors[index]!);
	}
	return series.reverse();
}

interface Gap {
	readonly from: Anchor;
	readonly to: Anchor;
	/** Lines of the update up to which the one before and from which the one behind may be followed. */
	readonly ahead: number;
	readonly back: number;
}

/** Places equal lines behind the anchor before the gap and before the one behind it. */
function extend(
	placed: Int32Array,
	original: readonly string[],
	lines: readonly string[],
	{from, to, ahead, back}: Gap,
): void {
	const isSame = (line: number, place: number) => lines[line]!.trim() === original[place]!.trim();
	let {line, original: place} = from;
	while (line + 1 < Math.min(ahead, to.line) && place + 1 < to.original && isSame(line + 1, place + 1)) {
		placed[++line] = ++place;
	}
	let {line: last, original: lastPlace} = to;
	while (last - 1 >= Math.max(back, line + 1) && lastPlace - 1 > place && isSame(last - 1, lastPlace - 1)) {
		placed[--last] = --lastPlace;
	}
}

function bySegment(placed: Int32Array, segments: readonly UpdateSegment[]): number[][] {
	let end = 0;
	return segments.map(({lines}) => {
		end += lines.length;
		return [...placed.subarray(end - lines.length, end)];
	});
}
