import test from 'ava';
import {type Failure, serveHttp} from './serve.ts';

const root = (baseURL: string) => baseURL.replace('/v1', '/');

test('the page lets in its own files alone, and styles with a nonce that is new each time', async t => {
	const {baseURL} = await serveHttp(t, '', {hasPage: true});
	const [first, second] = [await fetch(root(baseURL)), await fetch(root(baseURL))];
	const policy = first.headers.get('content-security-policy')!;
	const [, nonce = ''] = /style-src 'self' 'nonce-([\w-]{20,})'/.exec(policy) ?? [];
	t.regex(policy, /^default-src 'none'; script-src 'self';/);
	t.notRegex(policy, /unsafe|https?:|\*/);
	t.true((await first.text()).includes(`content="${nonce}"`));
	t.not(second.headers.get('content-security-policy'), policy);
	t.is(first.headers.get('cache-control'), 'no-store');
});

test('every address in the page is one of its files', async t => {
	const {baseURL} = await serveHttp(t, '', {hasPage: true});
	const text = await (await fetch(root(baseURL))).text();
	const addresses = Array.from(text.matchAll(/(?:src|href)="([^"#]+)"/g), ([, address]) => address!);
	t.true(addresses.length >= 3);
	for (const address of addresses) {
		t.notRegex(address, /^(?:\/|\w+:)/);
		const file = await fetch(new URL(address, root(baseURL)));
		t.is(file.status, 200, address);
		t.is(file.headers.get('x-content-type-options'), 'nosniff');
	}
});

test('a file whose name changes with its content is kept for ever, and not sent again', async t => {
	const {baseURL} = await serveHttp(t, '', {hasPage: true});
	const text = await (await fetch(root(baseURL))).text();
	const [, script] = /src="(\.\/assets\/[^"]+\.js)"/.exec(text)!;
	const url = new URL(script!, root(baseURL));
	const file = await fetch(url);
	t.regex(file.headers.get('cache-control')!, /immutable/);
	t.is(file.headers.get('content-encoding'), 'gzip');
	const again = await fetch(url, {headers: {'if-none-match': file.headers.get('etag')!}});
	t.is(again.status, 304);
});

test('without the page there is none', async t => {
	const {baseURL} = await serveHttp(t, '');
	const response = await fetch(root(baseURL));
	t.is(response.status, 404);
	t.regex(((await response.json()) as Failure).error.message, /^path: expected one that is served/);
});
