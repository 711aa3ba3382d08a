import type {UncheckedEditRequest} from '../../edit/edit-request.ts';

/**
 * Reads the message of Morph and Relace: `<instruction>…</instruction><code>…</code><update>…</update>`, the
 * instruction and white space between the tags optional. Undefined where it is no such message.
 *
 * The texts are not escaped, so code may hold the tags itself. Code and update meet at a `</code>` with an `<update>`
 * behind it; where there are several, at the middle one: an update repeats at most what the code holds.
 */
export function parseUpdateMessage(message: string): UncheckedEditRequest | undefined {
	const borders = [...message.matchAll(/<\/code>\s{0,99}<update>/g)];
	const border = borders[borders.length >> 1];
	if (!border) {
		return undefined;
	}

	const [instruction, code] = splitHead(message.slice(0, border.index));
	const update = message.slice(border.index + border[0].length);
	const updateEnd = update.lastIndexOf('</update>');
	return {
		instruction,
		original: unframed(code),
		update: unframed(updateEnd === -1 ? update : update.slice(0, updateEnd)),
	};
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
