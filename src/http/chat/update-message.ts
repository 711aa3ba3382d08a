import type {UncheckedEditRequest} from '../../edit/edit-request.ts';

/**
 * Reads the message of Morph and Relace: `<instruction>…</instruction><code>…</code><update>…</update>`, the
 * instruction and white space between the tags optional. Undefined where it is no such message.
 *
 * The texts are not escaped, so code may hold the tags itself. Code and update meet at a `</code>` with an `<update>`
 * behind it; where there are several, at the middle one: an update repeats at most what the code holds.
 */
export function parseUpdateMessage(message: string): UncheckedEditRequest | undefined {
	const borders = bordersIn(message);
	const border = borders[borders.length >> 1];
	if (!border) {
		return undefined;
	}

	const [instruction, code] = splitHead(message.slice(0, border.codeEnd));
	const update = message.slice(border.updateStart);
	const updateEnd = update.lastIndexOf('</update>');
	return {
		instruction,
		original: unframed(code),
		update: unframed(updateEnd === -1 ? update : update.slice(0, updateEnd)),
	};
}

interface Border {
	readonly codeEnd: number;
	readonly updateStart: number;
}

const closing = '</code>';
const opening = '<update>';
/** White space that may stand between the tags. */
const maxGap = 99;

function bordersIn(message: string): Border[] {
	const borders: Border[] = [];
	for (let end = message.indexOf(closing); end !== -1; end = message.indexOf(closing, end + 1)) {
		const gapStart = end + closing.length;
		// What may stand there is cut out first, so that each border looks at so many characters alone.
		const behind = message.slice(gapStart, gapStart + maxGap + opening.length);
		const trimmed = behind.trimStart();
		if (trimmed.startsWith(opening)) {
			borders.push({codeEnd: end, updateStart: gapStart + behind.length - trimmed.length + opening.length});
		}
	}

	return borders;
}

/** Either opening tag may be missing. */
function splitHead(head: string): [instruction: string, code: string] {
	const codeStart = head.indexOf('<code>');
	const end = head.lastIndexOf('</instruction>', codeStart === -1 ? head.length : codeStart);
	const instruction = behind(head.slice(0, Math.max(0, end)), '<instruction>').trim();
	return [instruction, codeStart === -1 ? behind(head, '</instruction>') : behind(head, '<code>')];
}

/** What stands behind the first tag; all where there is none. */
function behind(text: string, tag: string): string {
	const index = text.indexOf(tag);
	return index === -1 ? text : text.slice(index + tag.length);
}

/** A text that begins on a line of its own ends on one too: those two line breaks are the tags'. */
function unframed(text: string): string {
	return text.startsWith('\n') ? text.replace(/^\n/, '').replace(/\n$/, '') : text;
}
