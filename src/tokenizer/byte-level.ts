/**
 * The alphabet of byte-level BPE: each byte is written as one printable character, so that vocabularies can be
 * stored as text. Printable Latin-1 bytes stand for themselves, the others follow from U+0100 on.
 */
export const byteToCharacter: readonly string[] = createAlphabet();

/** Bytes that occur in well-formed UTF-8. */
export const utf8Bytes: readonly number[] = Array.from({length: 0xf5}, (_, byte) => byte).filter(
	byte => byte !== 0xc0 && byte !== 0xc1,
);

const characterToByte: ReadonlyMap<string, number> = new Map(
	byteToCharacter.map((character, byte) => [character, byte]),
);

/** The bytes that a token text of a byte-level vocabulary stands for; undefined for a text outside the alphabet. */
export function bytesOf(tokenText: string): Uint8Array | undefined {
	const bytes = Array.from(tokenText, character => characterToByte.get(character) ?? -1);
	return bytes.includes(-1) ? undefined : Uint8Array.from(bytes);
}

function createAlphabet(): string[] {
	let next = 0x100;
	return Array.from({length: 256}, (_, byte) => String.fromCharCode(isPrintableLatin1(byte) ? byte : next++));
}

function isPrintableLatin1(byte: number): boolean {
	return (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
}
