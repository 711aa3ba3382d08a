import {execFileSync} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';

const root = fileURLToPath(new URL('../..', import.meta.url));
const generated = path.join(root, 'src/protos/generated');

async function contents(folder: string): Promise<Record<string, string>> {
	const names = (await readdir(folder, {recursive: true})).filter(name => name.endsWith('.ts'));
	const texts = await Promise.all(names.map(name => readFile(path.join(folder, name), 'utf8')));
	return Object.fromEntries(names.map((name, index) => [name, texts[index]!]));
}

test('the generated types are those that npm run generate:protos makes of the protos', async t => {
	const {scripts} = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
	const folder = await mkdtemp(path.join(tmpdir(), 'redraft-protos-'));
	t.teardown(() => rm(folder, {recursive: true}));
	const [command, ...parameters] = scripts['generate:protos'].split(' ') as [string, ...string[]];
	const redirected = parameters.map(one => (one.startsWith('--outDir=') ? `--outDir=${folder}` : one));
	execFileSync(path.join(root, 'node_modules/.bin', command), redirected, {cwd: root});
	const expected = await contents(folder);
	t.true(Object.keys(expected).length > 20);
	t.deepEqual(await contents(generated), expected);
});
