import {createHash} from 'node:crypto';
import test from 'ava';
import {ClientTokens} from '../../src/access/client-tokens.ts';

const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');

test('a token is known by its digest alone, with the limits of its line', t => {
	const tokens = ClientTokens.parse(
		`# clients\r\n\r\nci ${sha256('first')} 4 60000\neditor\t${sha256('second').toUpperCase()}\n`,
	);
	t.deepEqual(tokens.find('first'), {name: 'ci', maxConcurrent: 4, tokensPerMinute: 60_000});
	t.deepEqual(tokens.find('second'), {name: 'editor', maxConcurrent: undefined, tokensPerMinute: undefined});
	t.is(tokens.find('third'), undefined);
	t.is(tokens.find(sha256('first')), undefined);
	t.is(tokens.find(''), undefined);
});

test('a name may have several tokens, so that one can follow another', t => {
	const tokens = ClientTokens.parse(`ci ${sha256('old')} 2\nci ${sha256('new')} 2\n`);
	t.is(tokens.find('old')?.name, 'ci');
	t.is(tokens.find('new')?.name, 'ci');
});

test('a line of another form is refused with its number, and nothing of it is told', t => {
	for (const line of ['ci not-a-digest', `ci ${sha256('x')}0`, `${sha256('x')}`, `ci ${sha256('x')} many`]) {
		const {message} = t.throws(() => ClientTokens.parse(`# first\n${line}\n`));
		t.is(message, 'line 2: expected NAME SHA256HEX [maxConcurrent] [tokensPerMinute], got something else');
	}
});
