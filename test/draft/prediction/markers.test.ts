import test from 'ava';
import fc from 'fast-check';
import {isMarker} from '../../../src/draft/prediction/markers.ts';
import {markers, others} from './marker-spellings.ts';

const megabyte = 1 << 20;

test('markers are known as tools and models write them, and nothing else is taken for one', t => {
	const missed = markers.filter(([line]) => !isMarker(line));
	const wrong = others.filter(([line]) => isMarker(line));
	const numFound = markers.length - missed.length;
	const [recall, precision] = [numFound / markers.length, numFound / (numFound + wrong.length)];
	t.log(
		`${markers.length} markers, recall ${recall.toFixed(3)}; ${others.length} others, precision ${precision.toFixed(3)}`,
	);
	t.deepEqual(missed, []);
	t.deepEqual(wrong, []);
});

test('indentation, trailing white space and a carriage return change nothing', t => {
	for (const [line] of [...markers, ...others]) {
		t.is(isMarker(`\t  ${line} \t\r`), isMarker(line), line);
	}
});

test('a marker is one in the comments of every language', t => {
	const phrases = [
		'... existing code ...',
		'... rest of the function ...',
		'… keep existing code',
		'[... existing code ...]',
	];
	const comments = [
		'// X',
		'# X',
		'-- X',
		'/* X */',
		'<!-- X -->',
		'{# X #}',
		'@* X *@',
		'<%# X %>',
		'(* X *)',
		'; X',
		'% X',
	];
	for (const comment of comments) {
		for (const phrase of phrases) {
			t.true(isMarker(comment.replace('X', phrase)), comment.replace('X', phrase));
		}
	}
});

test('a line of a megabyte is no marker, whatever it is made of', t => {
	for (const run of [
		' ',
		'\t',
		'.',
		'…',
		'/',
		'*',
		'#',
		'-',
		'(',
		'[',
		'{',
		'<',
		')',
		"'",
		'"',
		'a',
		'rest of ',
		'x ',
		'\u{1f9ea}',
	]) {
		const long = run.repeat(megabyte / run.length);
		for (const line of [
			long,
			`// a${long}b`,
			`// ... existing${long}code ...`,
			`// ...${long}`,
			`${long}...`,
			`(${long}`,
			`{${long}}`,
		]) {
			t.false(isMarker(line) && line.trim().length > 1000);
		}
	}
});

test('any line of marks and marker words is decided', t => {
	const part = fc.constantFrom(
		'//',
		'/*',
		'*/',
		'#',
		'...',
		'…',
		' ',
		'(',
		')',
		'{',
		'}',
		'[',
		']',
		'<',
		'>',
		'rest',
		'of',
		'code',
		'x',
		'"',
		'-',
	);
	fc.assert(
		fc.property(fc.array(part, {maxLength: 40}), parts => typeof isMarker(parts.join('')) === 'boolean'),
		{numRuns: 2000},
	);
	t.pass();
});
