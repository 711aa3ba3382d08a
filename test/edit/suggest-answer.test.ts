import test from 'ava';
import {suggestAnswer} from '../../src/edit/suggest-answer.ts';

const original = 'a = 1\nb = 2\nc = 3\nd = 4\n';

test('the suggestion is the original with the update’s lines in their places, without the final line ending', async t => {
	const update = '# ... existing code ...\nb = 2\nc = 30\nd = 4\n';
	t.is(await suggestAnswer(original, update), 'a = 1\nb = 2\nc = 30\nd = 4');
});

test('without an update nothing is suggested', async t => {
	t.is(await suggestAnswer(original, undefined), undefined);
});

test('nothing is suggested that the prompt shows already: the original, or an update that is the whole file', async t => {
	t.is(await suggestAnswer(original, '# ... existing code ...\nb = 2\n# ... existing code ...\n'), undefined);
	t.is(await suggestAnswer(original, 'a = 9\nb = 2\nc = 3\nd = 4\n'), undefined);
});
