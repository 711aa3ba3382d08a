import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {credentials, makeClientConstructor, type ServiceDefinition, status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {protoPath} from 'grpc-health-check';
import {readConfig} from '../../src/config.ts';
import {RedraftClient} from '../../src/grpc/client.ts';
import type {ModelInferRequest__Output} from '../../src/protos/generated/inference/ModelInferRequest.ts';
import {loadProto} from '../../src/protos/load-proto.ts';
import {startService} from '../../src/service.ts';
import {byteModelDirectory} from '../helpers/byte-model.ts';
import {TestAuthority, temporaryFolder} from '../helpers/certificates.ts';
import {sevens, startStandInTriton} from '../helpers/stand-in-triton.ts';
import {eventually, startProgram} from '../helpers/started-program.ts';

/** The answer of a model whose next token is always 7, whatever the step. */
function answer({inputs, rawInputContents}: ModelInferRequest__Output) {
	const lengths = rawInputContents[inputs.findIndex(({name}) => name === 'BRANCHES')] ?? Buffer.alloc(0);
	const branches = Array.from({length: lengths.length / 4}, (_, i) => lengths.readInt32LE(4 * i));
	return sevens(branches.length === 0 ? 1 : branches.reduce((sum, length) => sum + length + 1, 0));
}

/** A step that reads a prompt, as no probe does. */
function isPrompt({inputs}: ModelInferRequest__Output): boolean {
	return Number(inputs.find(({name}) => name === 'TOKENS')!.shape[1]) > 1;
}

/** Asks gRPC's health service. */
async function healthOf(t: ExecutionContext, address: string): Promise<() => Promise<string>> {
	const service = loadProto(protoPath)['grpc.health.v1.Health'] as ServiceDefinition;
	const Health = makeClientConstructor(service, 'grpc.health.v1.Health');
	const client = new Health(address, credentials.createInsecure());
	t.teardown(() => client.close());
	return async () =>
		new Promise((resolve, reject) => {
			client.check!({}, (error: Error | null, response: {status: string}) =>
				error ? reject(error) : resolve(response.status),
			);
		});
}

async function startAgainst(t: ExecutionContext, isReady: boolean) {
	const triton = await startStandInTriton(t);
	triton.isReady = isReady;
	triton.answer = answer;
	const config = readConfig({
		TRITON_URLS: triton.address,
		REDRAFT_MODEL_DIR: await byteModelDirectory(t),
		REDRAFT_LISTEN: '127.0.0.1:0',
		REDRAFT_ADMIN_LISTEN: '127.0.0.1:0',
		REDRAFT_SHUTDOWN_GRACE_MS: '0',
		XDG_CACHE_HOME: await temporaryFolder(t),
	});
	const service = await startService(config, () => {});
	t.teardown(() => service.stop());
	const get = async (page: string) => {
		const response = await fetch(`http://${service.adminAddress}${page}`);
		return {code: response.status, body: await response.text()};
	};
	return {triton, service, get};
}

test('the admin port follows the model: alive from the start, ready with it, and its Triton in the metrics', async t => {
	const {triton, get} = await startAgainst(t, false);
	t.like(await get('/livez'), {code: 200});
	const unready = await get('/readyz');
	t.is(unready.code, 503);
	t.regex(unready.body, /the model verifier at .* is not ready/);
	const gauge = `redraft_triton_ready{triton="${triton.address}"}`;
	t.true((await get('/metrics')).body.includes(`${gauge} 0\n`));
	triton.isReady = true;
	while ((await get('/readyz')).code !== 200) {
		await new Promise(resolve => setTimeout(resolve, 50));
	}

	t.true((await get('/metrics')).body.includes(`${gauge} 1\n`));
});

test('health and readiness tell of a model that says that it is ready and fails every step, until one succeeds', async t => {
	const {triton, service, get} = await startAgainst(t, true);
	const client = new RedraftClient(service.address);
	t.teardown(() => client.close());
	const edit = async () =>
		client.edit({original: 'a', instruction: 'Make it b.', options: {maxOutputTokens: 1}});
	const health = await healthOf(t, service.address);
	await edit();
	t.deepEqual([(await get('/readyz')).code, await health()], [200, 'SERVING']);
	triton.answer = () => ({code: status.INTERNAL, details: 'CUDA error: an illegal memory access'});
	t.like(await t.throwsAsync(edit()), {code: status.UNAVAILABLE});
	while ((await get('/readyz')).code !== 503) {
		await new Promise(resolve => setTimeout(resolve, 50));
	}

	t.is(await health(), 'NOT_SERVING');
	t.regex((await get('/readyz')).body, /fails its steps: .*CUDA error/);
	const numSteps = triton.steps.length;
	t.regex((await t.throwsAsync(edit())).message, /UNAVAILABLE.*fails its steps/);
	t.false(triton.steps.slice(numSteps).some(isPrompt));
	triton.answer = answer;
	while ((await get('/readyz')).code !== 200) {
		await new Promise(resolve => setTimeout(resolve, 50));
	}

	t.is(await health(), 'SERVING');
	await t.notThrowsAsync(edit());
});

test('the admin port is closed with the service', async t => {
	const {service, get} = await startAgainst(t, true);
	t.like(await get('/readyz'), {code: 200});
	await service.stop();
	await t.throwsAsync(get('/livez'));
});

const isToldAtOnce = test.macro<[(folder: string) => Promise<Record<string, string>>, RegExp]>(
	async (t, settings, message) => {
		const folder = await temporaryFolder(t);
		const program = startProgram(t, [process.execPath, '--import=tsx/esm', 'src/main.ts'], {
			REDRAFT_LISTEN: '127.0.0.1:0',
			XDG_CACHE_HOME: folder,
			...(await settings(folder)),
		});
		await eventually(() => program.output().includes('start failed'));
		t.is(await program.ended, 1);
		t.regex(program.output(), message);
		t.notRegex(program.output(), /"event":"starting"/);
	},
);

test(
	'a certificate that is not there is told before a model is started',
	isToldAtOnce,
	async () => ({REDRAFT_TLS_CERT_FILE: '/nowhere/tls.crt', REDRAFT_TLS_KEY_FILE: '/nowhere/tls.key'}),
	/REDRAFT_TLS_CERT_FILE: expected files that can be served, got .*\/nowhere\/tls\./,
);
test(
	"a key that is not the certificate's is told before a model is started",
	isToldAtOnce,
	async folder => {
		const authority = await TestAuthority.create(folder, 'authority');
		const [one, other] = [await authority.sign('one'), await authority.sign('other')];
		return {REDRAFT_TLS_CERT_FILE: one.certFile, REDRAFT_TLS_KEY_FILE: other.keyFile};
	},
	/REDRAFT_TLS_CERT_FILE: .*other\.key: expected the key of the certificate in .*one\.crt/,
);
test(
	'a tokens file of another form is told before a model is started, by its line alone',
	isToldAtOnce,
	async folder => {
		const file = path.join(folder, 'tokens');
		await writeFile(file, 'ci plaintext-token\n');
		return {REDRAFT_TOKENS_FILE: file};
	},
	/REDRAFT_TOKENS_FILE: expected files that can be served, got line 1: expected NAME SHA256HEX/,
);
test(
	'a certificate without its key is a bad setting',
	isToldAtOnce,
	async () => ({REDRAFT_TLS_CERT_FILE: '/nowhere/tls.crt'}),
	/REDRAFT_TLS_KEY_FILE: expected a file when REDRAFT_TLS_CERT_FILE is set, got nothing/,
);
