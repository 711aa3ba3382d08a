import test from 'ava';
import {AddedTokenFinder} from '../../src/tokenizer/added-tokens.ts';

const token = (id: number, content: string, blanks: {lstrip?: boolean; rstrip?: boolean} = {}) => ({
	id,
	content,
	special: true,
	...blanks,
});

function find(text: string, ...tokens: ReturnType<typeof token>[]): [string, number][] {
	const found = [...new AddedTokenFinder(tokens).find(text)];
	return found.map(({start, end, id}) => [text.slice(start, end), id]);
}

test('at each place the longest token is found, and none within another', t => {
	const tokens = [token(1, 'ab'), token(2, 'abc'), token(3, 'bc'), token(4, 'x')];
	t.deepEqual(find('abcabxbc', ...tokens), [
		['abc', 2],
		['ab', 1],
		['x', 4],
		['bc', 3],
	]);
});

test('white space goes with a token that takes it, on its side, up to the token before', t => {
	t.deepEqual(find('a \n<l> b', token(1, '<l>', {lstrip: true})), [[' \n<l>', 1]]);
	t.deepEqual(find('a <r> \tb', token(1, '<r>', {rstrip: true})), [['<r> \t', 1]]);
	t.deepEqual(find('<r> <l>', token(1, '<r>', {rstrip: true}), token(2, '<l>', {lstrip: true})), [
		['<r> ', 1],
		['<l>', 2],
	]);
});

test('a text without any token has none, and neither has a finder without tokens', t => {
	t.deepEqual(find('<<<|', token(1, '<|')), [['<|', 1]]);
	t.deepEqual(find('a < b', token(1, '<|')), []);
	t.deepEqual(find('a'), []);
});
