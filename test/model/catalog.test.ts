import {execFile} from 'node:child_process';
import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test from 'ava';
import {parseCatalog, readCatalog} from '../../src/model/catalog.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const engineRoot = path.join(root, 'triton-models/verifier/1');

const sha256 = 'a'.repeat(64);
const weights = {
	pieces: [{package: 'tiny-weights', version: '1.0', sha256, file: 'tiny.gguf'}],
	bytes: 16,
	sha256,
	dtype: 'float32',
	licence: 'MIT',
};
const model = {
	name: 'tiny',
	defaultMinMemoryBytes: 0,
	template: 'chat',
	stopTokens: ['<eos>'],
	addsBos: false,
	contextTokens: 16,
	weights,
};
const catalogOf = (...models: readonly unknown[]) => ({chatTemplates: {chatml: '{{ messages }}'}, models});

test('the service and the engine read the same models with the same stop tokens', async t => {
	const python = process.env.REDRAFT_TEST_PYTHON;
	if (!python) {
		t.fail('REDRAFT_TEST_PYTHON: expected the interpreter of the project, got nothing; run npm test');
		return;
	}

	const {stdout} = await promisify(execFile)(python, ['-m', 'engine.catalog'], {cwd: engineRoot});
	const engine = JSON.parse(stdout) as Record<string, unknown>[];
	t.deepEqual(
		engine.map(({name, default_min_memory_bytes, stop_tokens, weights}) => [
			name,
			default_min_memory_bytes,
			stop_tokens,
			weights !== null,
		]),
		readCatalog().models.map(({name, defaultMinMemoryBytes = null, stopTokens, weights}) => [
			name,
			defaultMinMemoryBytes,
			stopTokens,
			weights !== undefined,
		]),
	);
});

const refuses = test.macro({
	exec(t, models: readonly unknown[], message: string) {
		t.is(t.throws(() => parseCatalog(catalogOf(...models), 'catalog.json'))?.message, message);
	},
	title: (_, __, message) => `refuses a catalog: ${message}`,
});

test(
	refuses,
	[{...model, contextTokens: 0}],
	'catalog.json.models[0].contextTokens: Too small: expected number to be >=1, got 0',
);
test(
	refuses,
	[{...model, dtype: 'auto'}],
	`catalog.json.models[0]: Unrecognized key: "dtype", got ${JSON.stringify({...model, dtype: 'auto'})}`,
);
test(
	refuses,
	[{...model, chatTemplate: 'llama'}],
	'catalog.json.models[0].chatTemplate: expected a name of chatTemplates, got "llama"',
);
test(refuses, [model, model], 'catalog.json.models[1].name: expected a name of its own, got "tiny"');
test(
	refuses,
	[{...model, defaultMinMemoryBytes: 1}],
	'catalog.json.models: expected defaultMinMemoryBytes 0 in one of them, got ["tiny"]',
);
test(
	refuses,
	[{...model, weights: {...weights, sha256: 'abc'}}],
	'catalog.json.models[0].weights.sha256: expected 64 hexadecimal digits, got "abc"',
);
test(
	refuses,
	[{...model, weights: undefined}],
	'catalog.json.models[0].weights: expected them, for a default model, got nothing',
);

/** Files below a folder whose names end so; paths from the root. */
async function filesBelow(folder: string, ending: string): Promise<readonly string[]> {
	const entries = await readdir(path.join(root, folder), {recursive: true});
	return entries.filter(name => name.endsWith(ending)).map(name => path.join(folder, name));
}

test("no source of the service or the engine spells a model's name or where its weights are", async t => {
	const {models} = readCatalog();
	const names = models.map(({name}) => name).filter(name => /\d/.test(name));
	const files = models.flatMap(one =>
		(one.weights?.pieces ?? []).flatMap(piece => [piece.package, piece.file]),
	);
	t.true(names.length >= 5 && files.length >= 2, 'there must be something to look for');
	const sources = [...(await filesBelow('src', '.ts')), ...(await filesBelow('triton-models', '.py'))];
	t.true(sources.length > 80);
	for (const source of sources) {
		const text = await readFile(path.join(root, source), 'utf8');
		t.deepEqual(
			[...names, ...files].filter(word => text.includes(word)),
			[],
			source,
		);
	}
});
