/** Turns a title into something that fits in a URL. */
export function slugify(title: string): string {
	const plain = title.normalize('NFKD').replace(/[\u0300-\u036f]/g, '');
	return plain
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-+|-+$/g, '');
}

/** Cuts a text at a word boundary. */
export function truncate(text: string, maxLength: number): string {
	if (text.length <= maxLength) {
		return text;
	}

	const end = text.lastIndexOf(' ', maxLength);
	return `${text.slice(0, end)}…`;
}

/** Counts how often each word occurs. */
export function countWords(text: string): Map<string, number> {
	const counts = new Map<string, number>();
	for (const [word] of text.matchAll(/\p{L}+/gu)) {
		counts.set(word, (counts.get(word) ?? 0) + 1);
	}

	return counts;
}

/** Joins names the way a sentence does: "a, b and c". */
export function joinNames(names: string[]): string {
	const last = names.at(-1) ?? '';
	const others = names.slice(0, -1);
	return others.length === 0 ? last : `${others.join(', ')} and ${last}`;
}

/** Shows a size in the largest unit that keeps it above one. */
export function formatBytes(bytes: number): string {
	const units = ['B', 'kB', 'MB', 'GB', 'TB'];
	const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
	return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
