/** Words of phrases that say that code was left out, as in "rest of the function remains the same". */
const verbs = words('keep keeping leave preserve retain');
const articles = words('the all your my our any this these that of in from full entire more');
const heads = words(
	'rest existing remaining unchanged previous other original current omitted prior same more',
);
const nouns = words(`
	code codes file files function functions method methods class classes import imports export exports component components
	content contents implementation implementations logic body module script program section sections part parts block
	blocks line lines test tests route routes handler handlers field fields property properties prop props member members
	declaration declarations definition definitions statement statements style styles rule rules config configuration
	setup helper helpers type types interface interfaces struct enum variable variables constant constants state states
	hook hooks docstring comment comments element elements item items entry entries case cases template markup html jsx`);
const stays = words(`
	remains remain stays stay is are unchanged same identical omitted untouched intact here below above before exactly as
	the it not shown for brevity was were previously continues no changes change needed else`);
/** What says that nothing changes, of code; and of anything. */
const signs = words('unchanged same identical omitted untouched intact shown');
const plainSigns = words('unchanged omitted untouched intact');
/** Longest phrase that is taken for a marker by its beginning. */
const maxWords = 8;

function words(list: string): ReadonlySet<string> {
	return new Set(list.split(/\s+/).filter(word => word !== ''));
}

/** A phrase's words in lower case, marks around them left out. */
export function wordsOf(phrase: string): string[] {
	return phrase
		.toLowerCase()
		.split(/\s+/)
		.map(bareWord)
		.filter(word => word !== '');
}

function bareWord(word: string): string {
	let start = 0;
	let end = word.length;
	while (start < end && !/[\p{L}\p{N}]/u.test(word[start]!)) {
		start++;
	}
	while (end > start && !/[\p{L}\p{N}]/u.test(word[end - 1]!)) {
		end--;
	}
	return word.slice(start, end);
}

/**
 * Whether a phrase says nothing else than that code was left out: "rest of methods", "remaining code unchanged",
 * "imports unchanged". A heading such as "Other methods" does not say it, nor does a remark such as "same as above".
 */
export function saysLeftOut(phrase: readonly string[]): boolean {
	const start = skip(phrase, 0, word => verbs.has(word) || articles.has(word));
	const subject = skip(phrase, start, word => heads.has(word) || articles.has(word));
	const behind = skip(phrase, subject, word => nouns.has(word) || heads.has(word));
	if (skip(phrase, behind, word => stays.has(word)) < phrase.length) {
		return false;
	}
	const head = phrase.slice(start, subject);
	const noun = phrase[subject] ?? '';
	if (head[0] === 'rest') {
		return behind > subject ? head.includes('of') : saysUnchanged(phrase);
	}
	if (head.length > 0 && nouns.has(noun)) {
		return saysUnchanged(phrase) || (head[0] === 'existing' && noun === 'code');
	}
	return noun === 'code' ? saysUnchanged(phrase) : hasAny(phrase, plainSigns) || isNoChange(phrase);
}

/** Whether a phrase has a word for what stays as it is. */
export function saysUnchanged(phrase: readonly string[]): boolean {
	return hasAny(phrase, signs);
}

/** Whether a phrase behind dots goes on as one that says what was left out: "existing routes", "imports". */
export function beginsLeftOut(phrase: readonly string[]): boolean {
	const start = skip(phrase, 0, word => verbs.has(word) || articles.has(word));
	const isShort = phrase.length <= maxWords;
	const isList = phrase.every(word => nouns.has(word) || heads.has(word) || word === 'and');
	return (
		isList || saysLeftOut(phrase) || (isShort && (heads.has(phrase[start] ?? '') || verbs.has(phrase[0]!)))
	);
}

function isNoChange(phrase: readonly string[]): boolean {
	return phrase[0] === 'no' && /^changes?$/.test(phrase[1] ?? '');
}

function hasAny(phrase: readonly string[], set: ReadonlySet<string>): boolean {
	return phrase.some(word => set.has(word));
}

function skip(phrase: readonly string[], from: number, matches: (word: string) => boolean): number {
	let index = from;
	while (index < phrase.length && matches(phrase[index]!)) {
		index++;
	}
	return index;
}
