import test from 'ava';
import {runAtOnce} from '../../../src/draft/slices.ts';
import {TokenText} from '../../../src/draft/token-text.ts';
import {ContextModel} from '../../../src/draft/tracking/context-model.ts';
import {defaultTuning} from '../../../src/draft/tuning.ts';
import {WordVocabulary} from '../word-vocabulary.ts';

function contextOf(text: string) {
	const vocabulary = new WordVocabulary();
	const context = runAtOnce(
		ContextModel.read(vocabulary.encode(text), new TokenText(vocabulary), defaultTuning),
	);
	return {context, vocabulary};
}

test('the longest match wins over a later, shorter one', t => {
	const {context, vocabulary} = contextOf(' a b c ONE x b c TWO y a b c');
	t.is(vocabulary.decode([context.matches()[0]!.token]), ' ONE');
});

test('of equally long matches the latest wins', t => {
	const {context, vocabulary} = contextOf(' b c ONE x b c TWO y b c');
	t.is(vocabulary.decode([context.matches()[0]!.token]), ' TWO');
});

test('behind a word that was never seen, words of its kind are asked', t => {
	const {context, vocabulary} = contextOf('f(alpha); f(beta); f(gamma');
	t.is(vocabulary.decode([context.matches()[0]!.token]), ')');
});

test('chances of all matches stay below one, and an unknown token has some', t => {
	const {context, vocabulary} = contextOf(' a x a y a z a w a');
	t.true(context.matches().reduce((sum, match) => sum + match.chance, 0) < 1);
	t.true(context.chanceOf(vocabulary.idOf('never')) > 0);
});

test('an empty prompt and a first token match nothing', t => {
	const {context} = contextOf('');
	t.deepEqual(context.matches(), []);
	context.push(0);
	t.deepEqual(context.matches(), []);
});
