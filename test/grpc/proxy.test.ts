import test from 'ava';
import {TritonClient} from '../../src/triton/triton-client.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {startStandInTriton} from '../helpers/stand-in-triton.ts';
import {startServer} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

/** Nothing listens there. */
const proxy = 'http://127.0.0.1:9';

test.before(() => {
	for (const name of ['grpc_proxy', 'https_proxy', 'http_proxy']) {
		process.env[name] = proxy;
	}

	process.env.no_proxy = '';
	process.env.no_grpc_proxy = '';
});

test('a proxy in the environment is not asked for a Triton', async t => {
	const triton = await startStandInTriton(t);
	const client = new TritonClient(triton.address, 1 << 20);
	t.teardown(() => client.close());
	t.true(await client.isModelReady('verifier', {timeoutMs: 10_000}));
});

test('a proxy in the environment is not asked for a service on this machine', async t => {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode('b\n```'), model.endToken];
	const {client} = await startServer(t, {model, verifier: new TargetVerifier({target})});
	const {text} = await client.edit({original: 'a\n', instruction: 'Make it b.'}, {timeoutMs: 10_000});
	t.is(text, 'b\n');
});
