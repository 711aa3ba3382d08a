import type {WordPair} from './word-pairs.ts';

/** How far an instruction is read for renames, in words, and how many are taken from it. */
const maxWords = 20_000;
const maxPairs = 64;
/** Fillers between a verb or a preposition and the name that it goes with. */
const maxFillers = 8;

const fillers = new Set(
	`the a all every function method class variable type field parameter argument constant usage usages uses
	occurrence occurrences of it call calls`.split(/\s+/),
);

/** How a rename is said. Between its parts stand white space and fillers. */
interface Form {
	/** How the verb before the first name may begin, in lower case. */
	readonly verbs: readonly string[];
	/** What stands between the names. */
	readonly between: readonly string[];
	/** The new name comes first. */
	readonly isReversed?: true;
	/** Plain words count too; elsewhere a name must look like code, as "change it to work" is no rename. */
	readonly isPlain?: true;
}

const forms: readonly Form[] = [
	{verbs: ['renam'], between: ['to', 'as', 'into'], isPlain: true},
	{verbs: ['chang', 'convert', 'mov'], between: ['to', 'into']},
	{verbs: ['replac'], between: ['with', 'by']},
	{verbs: [], between: ['->', '=>', '→']},
	{verbs: ['us', 'prefer'], between: ['instead of', 'in place of'], isReversed: true},
];

const name = /^[`'"“”]?[\p{L}_$][\p{L}\p{N}_$]*[`'"“”]?/u;

/** Renames that an instruction spells out, such as "rename `a` to `b`" or "use b_c instead of aB". */
export function renamesIn(instruction: string): WordPair[] {
	const words = instruction.split(/\s+/, maxWords);
	return forms
		.flatMap(form => pairsOf(words, form))
		.filter(pair => pair.old !== pair.new)
		.slice(0, maxPairs);
}

function pairsOf(words: readonly string[], form: Form): WordPair[] {
	const pairs: WordPair[] = [];
	/** First word that is no part of a rename yet. */
	let from = 0;
	for (let index = 0; index < words.length; index++) {
		const first =
			form.verbs.length === 0
				? nameBeforeArrow(words, index, from, form)
				: nameBehindVerb(words, index, form);
		const second = first && nameBehind(words, first.next);
		if (!second) {
			continue;
		}
		from = second.next;
		index = from - 1;
		if (form.isPlain || (looksLikeCode(first.text) && looksLikeCode(second.text))) {
			const [old, now] = form.isReversed ? [second, first] : [first, second];
			pairs.push({old: bare(old.text), new: bare(now.text)});
		}
	}
	return pairs;
}

interface Name {
	/** With the marks around it. */
	readonly text: string;
	/** Index of the word behind it, and behind what stands between it and the second name. */
	readonly next: number;
}

function nameBehindVerb(words: readonly string[], index: number, {verbs, between}: Form): Name | undefined {
	const verb = lastWord(words[index]!);
	if (!verbs.some(start => verb.startsWith(start) && (start !== 'prefer' || verb === start))) {
		return undefined;
	}
	for (let at = index + 1 + numFillers(words, index + 1); at > index; at--) {
		const text = words[at] ?? '';
		const preposition = between.find(phrase =>
			phrase.split(' ').every((word, offset) => words[at + 1 + offset]?.toLowerCase() === word),
		);
		if (preposition !== undefined && name.exec(text)?.[0] === text) {
			return {text, next: at + 1 + preposition.split(' ').length};
		}
	}
	return undefined;
}

/** The arrow may stand right behind the name. */
function nameBeforeArrow(
	words: readonly string[],
	index: number,
	from: number,
	{between}: Form,
): Name | undefined {
	const word = words[index]!;
	const arrow = between.find(text => word.endsWith(text));
	if (arrow === undefined) {
		return undefined;
	}
	const before = word.slice(0, word.length - arrow.length) || (index > from && words[index - 1]) || '';
	const text = lastName(before);
	return text === undefined ? undefined : {text, next: index + 1};
}

/** The first name behind fillers, or the last of the fillers. */
function nameBehind(words: readonly string[], index: number): Name | undefined {
	for (let at = index + numFillers(words, index); at >= index; at--) {
		const text = name.exec(words[at] ?? '')?.[0];
		if (text !== undefined) {
			return {text, next: at + 1};
		}
	}
	return undefined;
}

function numFillers(words: readonly string[], from: number): number {
	let count = 0;
	while (count < maxFillers && fillers.has(words[from + count]?.toLowerCase() ?? '')) {
		count++;
	}
	return count;
}

/** The letters and digits that a text ends with, in lower case. */
function lastWord(text: string): string {
	let start = text.length;
	while (start > 0 && /\w/.test(text[start - 1]!)) {
		start--;
	}
	return text.slice(start).toLowerCase();
}

/** The name that a text ends with, marks included. */
function lastName(text: string): string | undefined {
	const isMark = (index: number) => /[`'"“”]/.test(text[index] ?? '');
	const end = isMark(text.length - 1) ? text.length - 1 : text.length;
	let start = end;
	while (start > 0 && /[\p{L}\p{N}_$]/u.test(text[start - 1]!)) {
		start--;
	}
	while (start < end && /\p{N}/u.test(text[start]!)) {
		start++;
	}
	return start === end ? undefined : text.slice(isMark(start - 1) ? start - 1 : start);
}

function looksLikeCode(word: string): boolean {
	return word !== bare(word) || /[_$\p{N}]|.\p{Lu}/u.test(word);
}

function bare(word: string): string {
	return word.replace(/[^\p{L}\p{N}_$]/gu, '');
}
