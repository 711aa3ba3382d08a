import {createHash} from 'node:crypto';
import {readFile, writeFile} from 'node:fs/promises';
import {request as httpsRequest} from 'node:https';
import path from 'node:path';
import test from 'ava';
import {openCertificates} from '../../src/access/certificates.ts';
import {ClientTokens} from '../../src/access/client-tokens.ts';
import {ReloadedFiles} from '../../src/access/reloaded-files.ts';
import {TestAuthority, temporaryFolder} from '../helpers/certificates.ts';
import {until} from '../helpers/start-server.ts';
import {type Failure, serveHttp} from './serve.ts';

const body = {model: 'auto', messages: [{role: 'user', content: 'Say a.'}]};
const reloadMs = 10;

const lineOf = (name: string, token: string, limits = '') =>
	`${name} ${createHash('sha256').update(token).digest('hex')} ${limits}\n`;

async function openTokens(t: Parameters<typeof serveHttp>[0], text: string) {
	const file = path.join(await temporaryFolder(t), 'tokens');
	await writeFile(file, text);
	const parse = ([content]: readonly Buffer[]) => ClientTokens.parse(content!.toString());
	const tokens = await ReloadedFiles.open([file], parse, reloadMs);
	t.teardown(() => tokens.close());
	return {file, tokens};
}

const withKey = (key: string) => ({
	headers: {'content-type': 'application/json', authorization: `Bearer ${key}`},
});

test('an API key is asked for before a body is read, and for the models too', async t => {
	const {tokens} = await openTokens(t, lineOf('someone', 'key-1'));
	const {post, baseURL} = await serveHttp(t, 'a', {tokens});
	for (const response of [
		await post('/chat/completions', 'no JSON at all'),
		await post('/chat/completions', body, withKey('key-2')),
		await post('/edits', {}),
		await fetch(`${baseURL}/models`),
	]) {
		t.is(response.status, 401);
		t.is(response.headers.get('www-authenticate'), 'Bearer');
		t.like(((await response.json()) as Failure).error, {
			type: 'authentication_error',
			code: 'invalid_api_key',
		});
	}

	t.is((await post('/chat/completions', body, withKey('key-1'))).status, 200);
});

test('keys are read anew when their file changes', async t => {
	const {file, tokens} = await openTokens(t, lineOf('someone', 'key-1'));
	const {post} = await serveHttp(t, 'a', {tokens});
	const before = tokens.current;
	await writeFile(file, lineOf('someone', 'key-2'));
	await until(() => tokens.current !== before);
	t.is((await post('/chat/completions', body, withKey('key-1'))).status, 401);
	t.is((await post('/chat/completions', body, withKey('key-2'))).status, 200);
});

test('a client at its limit is refused, others are not', async t => {
	const {tokens} = await openTokens(t, lineOf('one', 'key-1', '1') + lineOf('other', 'key-2', '1'));
	const {post, admission} = await serveHttp(t, 'x'.repeat(2000), {tokens, passMs: 10});
	const open = await post('/chat/completions', {...body, stream: true}, withKey('key-1'));
	await until(() => admission.openEdits === 1);
	const refused = await post('/chat/completions', body, withKey('key-1'));
	t.is(refused.status, 429);
	t.truthy(refused.headers.get('retry-after'));
	const other = await post('/chat/completions', {...body, stream: true}, withKey('key-2'));
	t.is(other.status, 200);
	await Promise.all([open.body!.cancel(), other.body!.cancel()]);
});

test('with certificates the port speaks TLS, with those that are new', async t => {
	const folder = await temporaryFolder(t);
	const authority = await TestAuthority.create(folder, 'authority');
	const served = await authority.sign('served');
	const certificates = await openCertificates(served, reloadMs);
	t.teardown(() => certificates.close());
	const {baseURL} = await serveHttp(t, 'a', {certificates});
	const ca = await readFile(authority.caFile);
	const {port} = new URL(baseURL);
	const statusOf = () =>
		new Promise<number>((resolve, reject) => {
			const call = httpsRequest({host: '127.0.0.1', port, path: '/v1/models', ca}, response => {
				response.resume();
				resolve(response.statusCode!);
			});
			call.once('error', reject).end();
		});
	t.is(await statusOf(), 200);
	await t.throwsAsync(fetch(`http://127.0.0.1:${port}/v1/models`));
});
