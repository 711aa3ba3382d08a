// ... existing code ...
export function countWords(text: string): Map<string, number> {
	const counts = new Map<string, number>();
	for (const [match] of text.matchAll(/\p{L}+/gu)) {
		const word = match.toLowerCase();
		counts.set(word, (counts.get(word) ?? 0) + 1);
	}
// ... existing code ...
