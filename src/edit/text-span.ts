import type {TextSpan} from '../draft/prediction/known-lines.ts';
import type {TokenBytes} from '../tokenizer/stream-decoder.ts';

const lineBreak = 0x0a;

/**
 * Where a text stands among the tokens that hold it. The first of them may hold the end of what stands before too,
 * with the line breaks that the text begins with.
 * @param from index of a token before the text
 * @param start bytes from that token to the text
 * @param end bytes from that token to the text's end
 */
export function findText(
	vocabulary: TokenBytes,
	tokens: readonly number[],
	{from, start, end}: {from: number; start: number; end: number},
): TextSpan {
	let offset = 0;
	let line = 0;
	let first = -1;
	let firstCut: TextSpan['firstCut'];
	let index = from;
	for (; index < tokens.length && offset < end; index++) {
		if (offset === start && !firstCut) {
			firstCut = {token: index, line};
		}
		const bytes = vocabulary.tokenBytes(tokens[index]!);
		offset += bytes.length;
		if (offset > start && first === -1) {
			first = index;
		}
		if (firstCut || offset <= start) {
			continue;
		}
		const inside = bytes.subarray(Math.max(0, bytes.length - (offset - start)));
		line += inside.filter(byte => byte === lineBreak).length;
		if (inside.at(-1) === lineBreak) {
			firstCut = {token: index + 1, line};
		}
	}
	return {start: first === -1 ? index : first, end: index, ...(firstCut && {firstCut})};
}
