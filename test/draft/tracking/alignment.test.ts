import test from 'ava';
import {Prediction} from '../../../src/draft/prediction/prediction.ts';
import {runAtOnce} from '../../../src/draft/slices.ts';
import {TokenText} from '../../../src/draft/token-text.ts';
import {Alignment} from '../../../src/draft/tracking/alignment.ts';
import {defaultTuning} from '../../../src/draft/tuning.ts';
import {WordVocabulary} from '../word-vocabulary.ts';

function align(text: string, written: string, from: number) {
	const vocabulary = new WordVocabulary();
	const tokenText = new TokenText(vocabulary);
	const prediction = runAtOnce(
		Prediction.build(Int32Array.from(vocabulary.encode(text)), [{text, source: 'original'}], tokenText),
	);
	const alignment = new Alignment(prediction, defaultTuning);
	alignment.lock(from);
	alignment.unlock();
	for (const token of vocabulary.encode(written)) {
		alignment.push(token, 0.005, undefined);
	}
	return {alignment, prediction, vocabulary};
}

test('the place behind a deletion is found', t => {
	const {alignment} = align('a b c d e f g h', ' e f', 1);
	t.is(alignment.place, 6);
	t.true(alignment.certainty > 0.8);
});

test('the place behind an insertion is found', t => {
	t.is(align('a b c d e f g h', ' new words b c', 1).alignment.place, 3);
});

test('the place behind a replacement is found', t => {
	t.is(align('a b c d e f g h', ' new words d e', 1).alignment.place, 5);
});

test('of two equal places behind a mismatch the nearer one is likelier', t => {
	t.is(align('a b ; c ; d e f g ; h', ' x ;', 1).alignment.place, 4);
});

test('weights stay a distribution, and few places are kept, where one token is everywhere', t => {
	const {alignment} = align('x ; '.repeat(3000), ' ; ;'.repeat(50), 10);
	const chance = alignment
		.arrivals()
		.reduce((sum, arrival) => sum + arrival.chance, alignment.insertionChance);
	t.true(chance > 0.5 && chance < 1.01, `${chance}`);
	t.true(alignment.arrivals().length <= 64);
});

test('a step looks at few occurrences of a token in a file of 20,000', t => {
	const {alignment, prediction, vocabulary} = align('x ; '.repeat(10_000), ' y', 0);
	const places = prediction.occurrences(vocabulary.idOf(';'));
	t.is(places.length, 10_000);
	let numReads = 0;
	const counting = new Proxy(places, {
		get(target, key) {
			numReads++;
			return Reflect.get(target, key);
		},
	});
	prediction.occurrences = () => counting;
	alignment.push(vocabulary.idOf(';'), 0.005, undefined);
	t.true(numReads < 300, `${numReads} reads`);
});
