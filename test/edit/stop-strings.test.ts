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

test('the text ends before the first stop string, however it is cut', t => {
	const few = fc.stringMatching(/^[ab]{0,12}$/);
	const stops = fc.array(fc.stringMatching(/^[ab]{1,4}$/), {maxLength: 3});
	fc.assert(
		fc.property(fc.array(few), stops, (pieces, strings) => {
			const whole = pieces.join('');
			const found = strings.map(stop => whole.indexOf(stop)).filter(index => index !== -1);
			const expected = found.length === 0 ? whole : whole.slice(0, Math.min(...found));
			t.deepEqual(readAll(strings, pieces), {text: expected, isClosed: found.length > 0});
		}),
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
