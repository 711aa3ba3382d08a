import {type Comment, commentOf} from './comments.ts';
import {beginsLeftOut, saysLeftOut, saysUnchanged, wordsOf} from './left-out-phrase.ts';

/** Longest marker line in characters, white space around it left out, and its longest phrase in words. */
const maxLength = 240;
const maxWords = 16;

/** Without any of these a line is no marker: most lines are decided by them. */
const hint = /\.\.\.|…|rest|existing|unchanged|same|identical|omitted|untouched|intact|shown|no change/i;

/**
 * Whether a line of an update stands for code left out, as in `// ... existing code ...`, in the comment syntax of any
 * language or in none. Three bare dots are a statement in Python, and dots before a name are spread or rest syntax.
 */
export function isMarker(line: string): boolean {
	const text = line.trim();
	if (text.length > maxLength || !hint.test(text)) {
		return false;
	}
	const comment = commentOf(text);
	return comment ? isMarkerComment(comment) : isBareMarker(frameOf(text));
}

/** A phrase and what it stands in. */
interface Frame {
	readonly phrase: string;
	readonly words: readonly string[];
	readonly hasDotsBefore: boolean;
	readonly hasDotsBehind: boolean;
	/** Brackets around the phrase, from the outside in. */
	readonly brackets: string;
}

function isMarkerComment({text, opener, isWeak}: Comment): boolean {
	const {phrase, words, hasDotsBefore, hasDotsBehind, brackets} = frameOf(text);
	// Code that is commented out, or shown in a comment.
	if (/[,;{]$/.test(phrase)) {
		return false;
	}
	if (words.length === 0) {
		return hasDotsBefore && !isWeak;
	}
	if (hasDotsBefore) {
		const isFramed = hasDotsBehind || brackets !== '';
		return words.length <= maxWords && (isFramed || beginsLeftOut(words));
	}
	// In Markdown, # begins a heading.
	const isHeading = opener === '#' && /^\p{Lu}/u.test(text) && !hasDotsBehind && !saysUnchanged(words);
	return !isWeak && !isHeading && saysLeftOut(words);
}

/** No comment says that the line is none of the code's: it must not look like code. */
function isBareMarker({phrase, words, hasDotsBefore, hasDotsBehind, brackets}: Frame): boolean {
	if (words.length === 0) {
		return hasDotsBefore && brackets === '{{';
	}
	if (/[^\p{L}\p{N}\s'’.-]/u.test(phrase)) {
		return false;
	}
	if (hasDotsBefore && hasDotsBehind) {
		return beginsLeftOut(words);
	}
	if (words.length < 2) {
		return false;
	}
	return hasDotsBefore ? beginsLeftOut(words) : (hasDotsBehind || brackets !== '') && saysLeftOut(words);
}

/** Takes dots, brackets and rulers off both ends, and a remark in parentheses off the end. */
function frameOf(text: string): Frame {
	let phrase = text.trim();
	let brackets = '';
	let hasDotsBefore = false;
	let hasDotsBehind = false;
	for (let before = ''; phrase !== before; ) {
		before = phrase;
		phrase = trimmed(phrase, numRulers(phrase, 1), numRulers(phrase, -1));
		const [start, end] = [numDots(phrase, 1), numDots(phrase, -1)];
		hasDotsBefore ||= start > 0;
		hasDotsBehind ||= end > 0;
		phrase = trimmed(phrase, start, end);
		if (isBracketed(phrase)) {
			brackets += phrase[0];
			phrase = trimmed(phrase, 1, 1);
		}
	}
	phrase = withoutRemark(phrase);
	return {phrase, words: wordsOf(phrase), hasDotsBefore, hasDotsBehind, brackets};
}

function trimmed(text: string, numBefore: number, numBehind: number): string {
	return text.slice(numBefore, Math.max(numBefore, text.length - numBehind)).trim();
}

/** Length of the run of rulers at the text's start, or at its end with a step of -1. */
function numRulers(text: string, step: 1 | -1): number {
	return runLength(text, step, character => '-=~*_#'.includes(character));
}

/** Length of an ellipsis at the text's start, or at its end with a step of -1. */
function numDots(text: string, step: 1 | -1): number {
	const length = runLength(text, step, character => character === '.');
	return length >= 3 ? length : runLength(text, step, character => character === '…');
}

function runLength(text: string, step: 1 | -1, matches: (character: string) => boolean): number {
	let length = 0;
	while (length < text.length && matches(text.at(step === 1 ? length : -1 - length)!)) {
		length++;
	}
	return length;
}

const closers: Readonly<Record<string, string>> = {'(': ')', '[': ']', '{': '}', '<': '>'};

/** Whether the bracket that a text begins with is closed by its last character. */
function isBracketed(text: string): boolean {
	const opener = text[0] ?? '';
	const closer = closers[opener];
	let depth = 0;
	for (let index = 0; closer !== undefined && index < text.length; index++) {
		depth += Number(text[index] === opener) - Number(text[index] === closer);
		if (depth === 0) {
			return index === text.length - 1;
		}
	}
	return false;
}

function withoutRemark(text: string): string {
	const start = text.endsWith(')') ? text.indexOf('(') : -1;
	return start > 0 ? text.slice(0, start).trim() : text;
}
