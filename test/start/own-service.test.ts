import {status} from '@grpc/grpc-js';
import test from 'ava';
import {withOwnService} from '../../src/own-service.ts';
import {byteModelDirectory} from '../helpers/byte-model.ts';

const options = {onProgress: () => {}, signal: new AbortController().signal};
const request = {original: 'a\n', instruction: 'x'};

test('a service of one’s own is reached although the settings are those of a guarded one', async t => {
	const variables = {
		REDRAFT_MODEL_DIR: await byteModelDirectory(t),
		TRITON_URLS: '127.0.0.1:9',
		REDRAFT_MOVE_WAIT_MS: '0',
		REDRAFT_LISTEN: '192.0.2.1:1',
		REDRAFT_TLS_CERT_FILE: '/nowhere/cert.pem',
		REDRAFT_TLS_KEY_FILE: '/nowhere/key.pem',
		REDRAFT_TOKENS_FILE: '/nowhere/tokens',
		REDRAFT_ADMIN_LISTEN: '192.0.2.1:2',
	};
	// It answers, though there is no Triton behind it.
	const edit = withOwnService({...options, variables}, client => client.edit(request));
	t.like(await t.throwsAsync(edit), {code: status.UNAVAILABLE});
});

test('it ends with its use, and a failure of the use gets out', async t => {
	const variables = {REDRAFT_MODEL_DIR: await byteModelDirectory(t), TRITON_URLS: '127.0.0.1:9'};
	const use = withOwnService({...options, variables}, async () => {
		throw new Error('of the use');
	});
	await t.throwsAsync(use, {message: 'of the use'});
});
