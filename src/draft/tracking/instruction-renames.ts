import type {WordPair} from './word-pairs.ts';

const mark = '[`\'"“”]?';
const quoted = String.raw`(${mark}[\p{L}_$][\p{L}\p{N}_$]*${mark})`;
const filler = String.raw`(?:\s+(?:the|a|all|every|function|method|class|variable|type|field|parameter|argument|constant|usages?|uses|occurrences?|of|it|calls?))*`;
const patterns: readonly Pattern[] = [
	{regex: pattern(String.raw`\brenam\w*${filler}\s+`, String.raw`\s+(?:to|as|into)`), isPlain: true},
	{regex: pattern(String.raw`\b(?:chang\w*|convert\w*|mov\w*)${filler}\s+`, String.raw`\s+(?:to|into)`)},
	{regex: pattern(String.raw`\breplac\w*${filler}\s+`, String.raw`\s+(?:with|by)`)},
	{regex: pattern('', String.raw`\s*(?:->|=>|→)`)},
	{
		regex: pattern(String.raw`\b(?:us\w*|prefer)${filler}\s+`, String.raw`\s+(?:instead of|in place of)`),
		isReversed: true,
	},
];

interface Pattern {
	readonly regex: RegExp;
	/** The new name comes first. */
	readonly isReversed?: true;
	/** Plain words count too; elsewhere a name must look like code, as "change it to work" is no rename. */
	readonly isPlain?: true;
}

function pattern(before: string, between: string): RegExp {
	return new RegExp(`${before}${quoted}${between}${filler}\\s+${quoted}`, 'giu');
}

/** Renames that an instruction spells out, such as "rename `a` to `b`" or "use b_c instead of aB". */
export function renamesIn(instruction: string): WordPair[] {
	return patterns.flatMap(({regex, isReversed, isPlain}) =>
		[...instruction.matchAll(regex)]
			.filter(([, first, second]) => isPlain || (looksLikeCode(first!) && looksLikeCode(second!)))
			.map(([, first, second]) => [bare(first!), bare(second!)] as const)
			.map(([first, second]) => (isReversed ? {old: second, new: first} : {old: first, new: second}))
			.filter(pair => pair.old !== pair.new),
	);
}

function looksLikeCode(word: string): boolean {
	return word !== bare(word) || /[_$\p{N}]|.\p{Lu}/u.test(word);
}

function bare(word: string): string {
	return word.replace(/[^\p{L}\p{N}_$]/gu, '');
}
