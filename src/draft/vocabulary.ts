/** The little that drafting needs to know of text: seams, renames and update markers are found in text. */
export interface Vocabulary {
	/** Ids of a text without special tokens. */
	encode(text: string): number[];
	/** Text of ids, special tokens included, nothing cleaned up. */
	decode(tokens: readonly number[]): string;
}
