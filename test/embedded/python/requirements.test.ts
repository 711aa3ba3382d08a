import {execFileSync} from 'node:child_process';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {defaultCacheDirectory, repositoryRoot} from '../../../src/embedded/machine/paths.ts';
import {ensurePythonEnvironment} from '../../../src/embedded/python/python-environment.ts';

const directory = join(repositoryRoot, 'triton-models');
const names = (await readdir(directory)).filter(name => name.startsWith('requirements'));
const texts = new Map(
	await Promise.all(names.map(async name => [name, await readFile(join(directory, name), 'utf8')] as const)),
);
const compiled = names.filter(name => name.endsWith('.txt'));
const pins = (text: string) =>
	[...text.matchAll(/^([a-z0-9-]+)(?:\[\w+\])?==(\S+)/gim)].map(([, a, b]) => `${a}==${b}`);

test('every requirement is pinned and carries a hash', t => {
	t.is(compiled.length, 5);
	for (const name of compiled) {
		const entries = texts.get(name)!.replaceAll(' \\\n', ' ').split('\n');
		for (const entry of entries.filter(line => line && !line.startsWith('#'))) {
			t.regex(entry, /^[a-z0-9-]+==\S+( +--hash=sha256:[0-9a-f]{64})+$/, name);
		}
	}
});

test('each pin of an .in file is in the compiled files', t => {
	const all = new Set(compiled.flatMap(name => pins(texts.get(name)!)));
	for (const name of names.filter(name => name.endsWith('.in'))) {
		for (const pin of pins(texts.get(name)!)) {
			t.true(all.has(pin), `${name}: ${pin}`);
		}
	}
});

test('no package is pinned twice, except torch in its two builds', t => {
	const counted = new Map<string, number>();
	for (const pin of compiled.flatMap(name => pins(texts.get(name)!))) {
		const [name = ''] = pin.split('==');
		counted.set(name, (counted.get(name) ?? 0) + 1);
	}

	t.deepEqual(
		[...counted].filter(([, count]) => count > 1),
		[['torch', 2]],
	);
});

test('numpy stays below 2, with which this Triton returns zeros', t => {
	t.regex(texts.get('requirements.txt')!, /^numpy==1\./m);
});

// nvidia-pytriton is taken for its files, tritonclient for its descriptors.
const closureScript = `
import importlib.metadata as metadata
from pip._vendor.packaging.requirements import Requirement
apart = {"nvidia-pytriton", "tritonclient"}
for distribution in metadata.distributions():
    for text in distribution.requires or []:
        requirement = Requirement(text)
        if distribution.name in apart or not (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            found = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            found = None
        if found is None or found not in requirement.specifier:
            print(f"{distribution.name} wants {requirement}, got {found}")
`;

test('the installed packages satisfy each other, though pip resolved nothing', async t => {
	const {python} = await ensurePythonEnvironment({
		cacheDirectory: defaultCacheDirectory(),
		onProgress: () => {},
	});
	t.is(execFileSync(python, ['-I', '-c', closureScript], {encoding: 'utf8'}), '');
});
