import test from 'ava';
import fc from 'fast-check';
import {findText} from '../../src/edit/text-span.ts';
import {tinyTokenizer} from '../helpers/tiny-tokenizer.ts';

const before = 'File:\n\n```\n';
const text = fc
	.array(fc.constantFrom('\n', ' ', '    ', 'the', 'a', 'é', '🧪', '`'), {maxLength: 20})
	.map(parts => parts.join(''));

test('the span holds the original, and its first cut begins a line of it', async t => {
	const tokenizer = await tinyTokenizer(t);
	fc.assert(
		fc.property(text, text, (original, behind) => {
			const tokens = tokenizer.encode(before + original + behind);
			const from = 2;
			const bytes = Buffer.byteLength(before) - Buffer.byteLength(tokenizer.decode(tokens.slice(0, from)));
			const range = {from, start: bytes, end: bytes + Buffer.byteLength(original)};
			const {start, end, firstCut} = findText(tokenizer, tokens, range);
			if (!(before + original).startsWith(tokenizer.decode(tokens.slice(0, start)).slice(0, before.length))) {
				return false;
			}
			if (original !== '' && !tokenizer.decode(tokens.slice(start, end)).includes(original)) {
				return false;
			}
			const cutText =
				firstCut &&
				before +
					original
						.split('\n')
						.slice(0, firstCut.line)
						.map(line => `${line}\n`)
						.join('');
			return !firstCut || tokenizer.decode(tokens.slice(0, firstCut.token)) === cutText;
		}),
		{numRuns: 500},
	);
	t.pass();
});

test('line breaks that a token joins to those before the original are counted', async t => {
	const tokenizer = await tinyTokenizer(t);
	const tokens = tokenizer.encode('x\n\n\nthe');
	const {start, end, firstCut} = findText(tokenizer, tokens, {from: 0, start: 2, end: 7});
	t.true(tokenizer.decode(tokens.slice(start, end)).endsWith('\n\nthe'));
	t.is(tokenizer.decode(tokens.slice(firstCut!.token)), '\nthe');
	t.is(firstCut!.line, 1);
});
