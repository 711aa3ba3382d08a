import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {findModels, tritonCommand} from '../../src/embedded/triton-command.ts';
import {temporaryDirectory} from './support.ts';

const distribution = {
	server: '/triton/bin/tritonserver',
	backendDirectory: '/triton/backends',
	cacheLibraryDirectory: '/triton/caches',
	env: {},
};
const options = {
	distribution,
	modelRepository: '/models',
	models: ['first', 'second'],
	ports: {grpc: 11, http: 12, metrics: 13},
	shmPrefix: 'redraft_1_00_',
	exitTimeoutSeconds: 2,
};

/** Values of a flag, in order. */
const valuesOf = (flag: string) =>
	tritonCommand(options)
		.filter(argument => argument.startsWith(`--${flag}=`))
		.map(argument => argument.slice(flag.length + 3));

test('the server of the distribution is run, with its own backends', t => {
	t.is(tritonCommand(options)[0], distribution.server);
	t.deepEqual(valuesOf('backend-directory'), [distribution.backendDirectory]);
});

test('every frontend listens on loopback only, on its port', t => {
	for (const [name, port] of Object.entries(options.ports)) {
		t.deepEqual(valuesOf(`${name}-address`), ['127.0.0.1']);
		t.deepEqual(valuesOf(`${name}-port`), [String(port)]);
	}
});

test('just the given models are loaded', t => {
	t.deepEqual(valuesOf('model-control-mode'), ['explicit']);
	t.deepEqual(valuesOf('load-model'), ['first', 'second']);
});

test('the prefix of the shared memory stands in the command line, by which its processes are found', t => {
	t.true(valuesOf('backend-config').includes('python,shm-region-prefix-name=redraft_1_00_'));
});

test('a model is a folder with a config.pbtxt; other folders and files are none', async t => {
	const repository = await temporaryDirectory(t);
	for (const name of ['verifier', 'a-model', '__pycache__']) {
		await mkdir(join(repository, name));
	}

	await writeFile(join(repository, 'verifier/config.pbtxt'), '');
	await writeFile(join(repository, 'a-model/config.pbtxt'), '');
	await writeFile(join(repository, 'config.pbtxt'), '');
	t.deepEqual(await findModels(repository), ['a-model', 'verifier']);
});

test('a repository without models, or none at all, is named', async t => {
	for (const repository of [await temporaryDirectory(t), '/nowhere/models']) {
		await t.throwsAsync(findModels(repository), {name: 'SetupError', message: /found none$/});
	}
});
