import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir, totalmem} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {readCatalog} from '../../src/model/catalog.ts';
import {defaultModel, usableMemoryBytes} from '../../src/model/default-model.ts';

const models = [
	{name: 'large', defaultMinMemoryBytes: 8e9},
	{name: 'small', defaultMinMemoryBytes: 0},
	{name: 'middle', defaultMinMemoryBytes: 4e9},
	{name: 'on-demand'},
];

for (const [memoryBytes, name] of [
	[16e9, 'large'],
	[8e9, 'large'],
	[8e9 - 1, 'middle'],
	[4e9 - 1, 'small'],
	[1, 'small'],
] as const) {
	test(`with ${memoryBytes} bytes of memory the ${name} model is the default`, t => {
		t.is(defaultModel(undefined, memoryBytes, models).name, name);
	});
}

test('the reason tells the memory that there is and what the model asks for', t => {
	const {reason} = defaultModel(undefined, 5e9, models);
	t.is(reason, 'it is the default from 4.0 GB of memory on, and there are 5.0 GB');
});

test('a directory that was converted from a model of the catalog is served as that model', t => {
	const directory = mkdtempSync(join(tmpdir(), 'redraft-model-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	t.is(defaultModel(directory, 16e9, models).name, 'chat');
	writeFileSync(join(directory, 'redraft-conversion.json'), '{"model": "middle"}');
	t.is(defaultModel(directory, 16e9, models).name, 'middle');
	writeFileSync(join(directory, 'redraft-conversion.json'), '{"model": "of another catalog"}');
	t.is(defaultModel(directory, 16e9, models).name, 'chat');
	writeFileSync(join(directory, 'redraft-conversion.json'), '{"mod');
	t.is(defaultModel(directory, 16e9, models).name, 'chat');
});

test('memory is at most what the machine has, and enough for a model of the catalog', t => {
	t.true(usableMemoryBytes() > 0 && usableMemoryBytes() <= totalmem());
	t.true(readCatalog().models.some(({name}) => name === defaultModel(undefined).name));
});
