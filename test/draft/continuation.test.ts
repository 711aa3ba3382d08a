import test from 'ava';
import {continuationFrom, continuationFromSeam} from '../../src/draft/continuation.ts';
import {Prediction} from '../../src/draft/prediction/prediction.ts';
import {runAtOnce} from '../../src/draft/slices.ts';
import {TokenText} from '../../src/draft/token-text.ts';
import {Renames} from '../../src/draft/tracking/renames.ts';
import {defaultTuning} from '../../src/draft/tuning.ts';
import {WordVocabulary} from './word-vocabulary.ts';

const text = 'let a = old;\nuse(old, b);\nend();';

function predict() {
	const vocabulary = new WordVocabulary();
	const tokens = Int32Array.from(vocabulary.encode(text));
	const prediction = runAtOnce(
		Prediction.build(tokens, [{text, source: 'original'}], new TokenText(vocabulary)),
	);
	const renames = new Renames(prediction, defaultTuning);
	renames.expect({old: 'old', new: 'new.er'});
	return {vocabulary, prediction, renames, encode: (line: string) => vocabulary.encode(line)};
}

test('a rename rewrites its lines, and every place behind it is that of the old text', t => {
	const {vocabulary, prediction, renames, encode} = predict();
	const sites = renames.sites(0, prediction.length, []);
	t.is(sites.length, 2);
	const {tokens, places} = continuationFrom(prediction, 0, 1000, sites, encode);
	t.is(vocabulary.decode(tokens), text.replaceAll('old', 'new.er'));
	t.is(places.length, tokens.length + 1);
	for (const [length, place] of places.entries()) {
		if (place === -1) {
			continue;
		}
		t.is(
			vocabulary.decode(tokens.slice(length)),
			vocabulary.decode([...prediction.tokens.subarray(place)]).replaceAll('old', 'new.er'),
		);
	}
	t.is(places.filter(place => place === -1).length, 4);
});

test('a continuation from inside of a line keeps to what is left of it', t => {
	const {vocabulary, prediction, renames, encode} = predict();
	const from = prediction.tokenAt(text.indexOf(' ='));
	const {tokens} = continuationFrom(
		prediction,
		from,
		1000,
		renames.sites(from, prediction.length, []),
		encode,
	);
	t.is(vocabulary.decode(tokens), text.slice(text.indexOf(' =')).replaceAll('old', 'new.er'));
});

test('without renames the prediction itself goes on, no longer than asked', t => {
	const {prediction, encode} = predict();
	t.deepEqual(continuationFrom(prediction, 2, 3, [], encode).tokens, [...prediction.tokens.subarray(2, 5)]);
	t.deepEqual(continuationFrom(prediction, prediction.length, 3, [], encode).tokens, []);
});

test('from a seam the rest of the line is encoded anew, then the prediction’s own tokens follow', t => {
	const {vocabulary, prediction, encode} = predict();
	const {tokens, places} = continuationFromSeam(prediction, 1, 1000, encode);
	t.is(vocabulary.decode(tokens), text.slice(1));
	t.is(places.length, tokens.length + 1);
	t.is(places.at(-1), prediction.length);
});

/** One line of many words, so that a rewrite of the whole line would encode them all. */
function predictLongLine() {
	const long = `${'word(a, b) '.repeat(20_000)}old(c) ${'word(d, e) '.repeat(20_000)}`;
	const vocabulary = new WordVocabulary();
	const tokens = Int32Array.from(vocabulary.encode(long));
	const parts = [{text: long, source: 'original'} as const];
	const prediction = runAtOnce(Prediction.build(tokens, parts, new TokenText(vocabulary)));
	vocabulary.numEncoded = 0;
	return {long, vocabulary, prediction, encode: (line: string) => vocabulary.encode(line)};
}

test('in a long line a rename encodes what is near to it only, and the rest goes on as it was', t => {
	const {long, vocabulary, prediction, encode} = predictLongLine();
	const renames = new Renames(prediction, defaultTuning);
	renames.expect({old: 'old', new: 'newer'});
	const from = prediction.tokenAt(long.indexOf('old(')) - 1000;
	const sites = renames.sites(from, prediction.length, []);
	const {tokens, places} = continuationFrom(prediction, from, 3000, sites, encode);
	t.true(vocabulary.numEncoded < 4000, `${vocabulary.numEncoded} characters`);
	t.is(places.length, tokens.length + 1);
	const expected = long.slice(prediction.starts[from]!).replace('old(', 'newer(');
	t.true(expected.startsWith(vocabulary.decode(tokens)));
	t.true(vocabulary.decode(tokens).includes('newer('));
});

test('in a long line a seam encodes what is near to it only, and the rest goes on as it was', t => {
	const {long, vocabulary, prediction, encode} = predictLongLine();
	const {tokens} = continuationFromSeam(prediction, 2, 2000, encode);
	t.true(vocabulary.numEncoded < 4000, `${vocabulary.numEncoded} characters`);
	t.true(long.slice(2).startsWith(vocabulary.decode(tokens)));
	t.is(tokens.length, 2000);
});
