import type {Prediction} from './prediction/prediction.ts';
import {isWordEnd} from './prediction/word-end.ts';
import {sharedEnds} from './shared-ends.ts';
import type {Rename, RenameSite} from './tracking/renames.ts';

/** A stretch of the prediction as it will be written, with the renames in force. */
export interface Continuation {
	readonly tokens: number[];
	/** Place of the prediction after each number of tokens; -1 inside of a rewritten stretch. Shape: (tokens + 1). */
	readonly places: number[];
	/** The rename to which a token belongs, by token. */
	readonly renames: Map<number, Rename>;
}

/** Encodes a stretch of a line. */
export type Encode = (text: string) => readonly number[];

/** Longest stretch of a line that is encoded anew, in tokens to either side of what changes. */
const maxMargin = 256;

/**
 * The prediction from `place` on, at least `limit` tokens where there are so many. Lines with a rename are encoded anew
 * as a whole, since a new word changes the tokens next to it too.
 * @param sites renames from `place` on, in order
 */
export function continuationFrom(
	prediction: Prediction,
	place: number,
	limit: number,
	sites: readonly RenameSite[],
	encode: Encode,
): Continuation {
	const out: Continuation = {tokens: [], places: [place], renames: new Map()};
	let at = place;
	const copyTo = (end: number) => {
		while (at < end && out.tokens.length < limit) {
			out.tokens.push(prediction.tokens[at++]!);
			out.places.push(at);
		}
	};
	for (let next = 0; next < sites.length && out.tokens.length < limit; ) {
		const line = lineAround(prediction, at, sites[next]!);
		const here = sitesBefore(sites, next, prediction.starts[line.end]!);
		next += Math.max(1, here.length);
		copyTo(line.start);
		if (at !== line.start) {
			break;
		}
		if (rewriteLine(prediction, line, here, encode, out)) {
			at = line.end;
		}
	}
	copyTo(prediction.length);
	return out;
}

function sitesBefore(sites: readonly RenameSite[], from: number, offset: number): RenameSite[] {
	let to = from;
	while (to < sites.length && sites[to]!.offset < offset) {
		to++;
	}
	return sites.slice(from, to);
}

/** The prediction from inside of a token on: the rest of its line encoded anew, then the prediction's own tokens. */
export function continuationFromSeam(
	prediction: Prediction,
	offset: number,
	limit: number,
	encode: Encode,
): Continuation {
	const at = prediction.tokenAt(offset);
	const end = Math.max(at + 1, nearEnd(prediction, at));
	const rest = encode(prediction.text.slice(offset, prediction.starts[end]!));
	const behind = Math.min(prediction.length, end + Math.max(0, limit - rest.length));
	const places = [at, ...rest.map((_, index) => (index === rest.length - 1 ? end : -1))];
	for (let place = end + 1; place <= behind; place++) {
		places.push(place);
	}
	return {tokens: [...rest, ...prediction.tokens.subarray(end, behind)], places, renames: new Map()};
}

/** Place before the line break of the line in which a place stands; in a long line, behind a word not far from it. */
function nearEnd(prediction: Prediction, place: number): number {
	const end = lineEnd(prediction, place);
	const limit = place + maxMargin;
	for (let near = limit; near > place && limit < end; near--) {
		if (isWordEnd(prediction.text, prediction.starts[near]!)) {
			return near;
		}
	}
	return Math.min(end, limit);
}

function lineEnd({starts, lineEnds, text}: Prediction, place: number): number {
	const end = lineEnds[place]! - 1;
	const hasBreak = text.slice(starts[end]!, starts[end + 1]!).includes('\n');
	return hasBreak ? end : place + 1;
}

interface Line {
	/** Half-open, in tokens of the prediction. */
	readonly start: number;
	readonly end: number;
}

/** The line of a site, or what of a long one is near to the site, but not what stands before `from`, nor its line break. */
function lineAround(prediction: Prediction, from: number, site: RenameSite): Line {
	const last = prediction.tokenAt(site.offset + site.rename.old.length - 1);
	return {
		start: nearStart(prediction, from, prediction.tokenAt(site.offset)),
		end: Math.max(last + 1, nearEnd(prediction, last)),
	};
}

function nearStart({lineEnds, starts, text}: Prediction, from: number, place: number): number {
	let start = place;
	let wordEnd = place;
	for (; start > from && lineEnds[start - 1] !== start; start--) {
		if (place - start >= maxMargin) {
			return wordEnd;
		}
		if (isWordEnd(text, starts[start]!)) {
			wordEnd = start;
		}
	}
	return start;
}

function rewriteLine(
	prediction: Prediction,
	line: Line,
	sites: readonly RenameSite[],
	encode: Encode,
	out: Continuation,
): boolean {
	const text = prediction.text.slice(prediction.starts[line.start]!, prediction.starts[line.end]!);
	// Part of a character in a piece: the text is not what the tokens say.
	if (text.includes('\uFFFD')) {
		return false;
	}
	const before = prediction.tokens.subarray(line.start, line.end);
	const after = encode(renameIn(text, prediction.starts[line.start]!, sites));
	const {start, end} = sharedEnds(before, after);
	for (const [index, token] of after.entries()) {
		const done = index + 1;
		if (index >= start && done <= after.length - end) {
			out.renames.set(out.tokens.length, sites[0]!.rename);
		}
		out.tokens.push(token);
		if (done <= start) {
			out.places.push(line.start + done);
		} else {
			out.places.push(done >= after.length - end ? line.end - (after.length - done) : -1);
		}
	}
	return true;
}

function renameIn(text: string, offset: number, sites: readonly RenameSite[]): string {
	let out = '';
	let at = 0;
	for (const site of sites) {
		const start = site.offset - offset;
		if (start < at) {
			continue;
		}
		out += text.slice(at, start) + site.rename.new;
		at = start + site.rename.old.length;
	}
	return out + text.slice(at);
}
