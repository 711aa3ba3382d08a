const letterOrDigit = /[a-z\d]/i;
/** Not `'`, `-` and `_`, which may belong to the word before them. */
const behindWord = /[\s!"#$%&()*+,./:;<=>?@[\\\]^`{|}~]/;

/**
 * Whether a word or a number ends at an offset. Every byte-level tokenizer ends a token there, whatever stands around: a text may be
 * encoded in two parts that meet in such a place. The end of the text counts as a line break.
 */
export function isWordEnd(text: string, offset: number): boolean {
	return offset > 0 && letterOrDigit.test(text[offset - 1]!) && behindWord.test(text[offset] ?? '\n');
}
