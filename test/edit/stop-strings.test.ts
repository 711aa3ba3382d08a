import test from 'ava';
import fc from 'fast-check';
import {StopStrings} from '../../src/edit/stop-strings.ts';

/** All text that comes out, and whether a stop string ended it. */
function readAll(stops: readonly string[], pieces: readonly string[]): {text: string; isClosed: boolean} {
	const reader = new StopStrings(stops);
	const texts = pieces.map(piece => reader.push(piece).text);
	const {text, closed} = reader.end();
	return {text: [...texts, text].join(''), isClosed: closed};
}

test('the text ends before the stop string that is complete first, however it is cut', t => {
	const few = fc.stringMatching(/^[ab]{0,12}$/);
	const stops = fc.array(fc.stringMatching(/^[ab]{1,4}$/), {maxLength: 3});
	fc.assert(
		fc.property(fc.array(few), stops, (pieces, strings) => {
			const whole = pieces.join('');
			const ends = Array.from(whole, (_, index) => index + 1);
			const end = ends.find(length => strings.some(stop => whole.slice(0, length).endsWith(stop)));
			const reached = strings.filter(stop => end !== undefined && whole.slice(0, end).endsWith(stop));
			const longest = Math.max(0, ...reached.map(({length}) => length));
			const expected = end === undefined ? whole : whole.slice(0, end - longest);
			t.deepEqual(readAll(strings, pieces), {text: expected, isClosed: end !== undefined});
		}),
		{numRuns: 2000},
	);
});

test('text that can not become a stop string is let go at once', t => {
	const reader = new StopStrings(['END']);
	t.deepEqual(reader.push('abcE'), {text: 'abc', closed: false});
	t.deepEqual(reader.push('x'), {text: 'Ex', closed: false});
	t.deepEqual(reader.push('EN'), {text: '', closed: false});
	t.deepEqual(reader.push('D more'), {text: '', closed: true});
	t.deepEqual(reader.push('even more'), {text: '', closed: true});
});
