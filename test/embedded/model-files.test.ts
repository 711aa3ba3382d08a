import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {checkModelFiles} from '../../src/embedded/model-files.ts';
import {temporaryDirectory} from './support.ts';

async function directoryWith(t: ExecutionContext, ...names: readonly string[]): Promise<string> {
	const directory = join(await temporaryDirectory(t), 'model');
	await mkdir(directory);
	for (const name of names) {
		await writeFile(join(directory, name), '');
	}

	return directory;
}

test('the built-in model needs no files of the user', async t => {
	await t.notThrowsAsync(checkModelFiles({}));
	await t.notThrowsAsync(checkModelFiles({adapterDirectory: 'none'}));
});

test('a model in one file or in several, and an adapter, are taken', async t => {
	const modelDirectory = await directoryWith(t, 'config.json', 'model.safetensors');
	const sharded = await directoryWith(t, 'config.json', 'model.safetensors.index.json');
	const adapterDirectory = await directoryWith(t, 'adapter_config.json');
	await t.notThrowsAsync(checkModelFiles({modelDirectory, adapterDirectory}));
	await t.notThrowsAsync(checkModelFiles({modelDirectory: sharded}));
});

const isRefused = test.macro<[(t: ExecutionContext) => Promise<Record<string, string>>, RegExp]>(
	async (t, options, message) => {
		await t.throwsAsync(checkModelFiles(await options(t)), {name: 'SetupError', message});
	},
);

test(
	'a directory that is not there is named with its setting',
	isRefused,
	async () => ({modelDirectory: '/nowhere/model'}),
	/^REDRAFT_MODEL_DIR: expected a directory, got \/nowhere\/model \(ENOENT\)$/,
);
test(
	'a file in place of a directory is named',
	isRefused,
	async t => ({adapterDirectory: join(await directoryWith(t, 'file'), 'file')}),
	/^REDRAFT_ADAPTER_DIR: expected a directory, got .*file \(ENOTDIR\)$/,
);
test(
	'a model without its configuration is named',
	isRefused,
	async t => ({modelDirectory: await directoryWith(t, 'model.safetensors')}),
	/^REDRAFT_MODEL_DIR: expected a directory with config\.json, got .* without$/,
);
test(
	'a model without weights is named',
	isRefused,
	async t => ({modelDirectory: await directoryWith(t, 'config.json', 'pytorch_model.bin')}),
	/^REDRAFT_MODEL_DIR: expected a directory with safetensors, got .* without$/,
);
test(
	'a directory without an adapter is named',
	isRefused,
	async t => ({adapterDirectory: await directoryWith(t)}),
	/^REDRAFT_ADAPTER_DIR: expected a directory with adapter_config\.json, got .* without$/,
);
