import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test from 'ava';
import {settings} from '../src/config.ts';

const engine = fileURLToPath(new URL('../triton-models/verifier/1', import.meta.url));

/** Settings that are read by neither schema, with the place that reads them. */
const readElsewhere = new Map([['REDRAFT_PYTHON', 'found on the PATH']]);

async function configurationTable(): Promise<Map<string, string>> {
	const text = await readFile(new URL('../README.md', import.meta.url), 'utf8');
	const section = text.split('\n## ').find(part => part.startsWith('Configuration\n')) ?? '';
	const rows = section.matchAll(/^\| `(\w+)` \| (.+?) \| .+ \|$/gm);
	return new Map(Array.from(rows, ([, variable, shown]) => [variable!, shown!.replaceAll('`', '')]));
}

function serviceDefaults(): Map<string, string> {
	return new Map(
		Object.values(settings).map(({variable, schema}) => [
			variable,
			String(schema.safeParse(undefined).data ?? '–'),
		]),
	);
}

async function engineDefaults(t: {fail: (message: string) => never | boolean}): Promise<Map<string, string>> {
	const python = process.env.REDRAFT_TEST_PYTHON;
	if (!python) {
		t.fail('REDRAFT_TEST_PYTHON: expected the interpreter of the project, got nothing; run npm test');
		return new Map();
	}

	const {stdout} = await promisify(execFile)(python, ['-m', 'engine.config', '--list'], {cwd: engine});
	const listed = JSON.parse(stdout) as {variable: string; default: string | number | null}[];
	return new Map(listed.map(({variable, default: value}) => [variable, String(value ?? '–')]));
}

test("the README's table lists every setting of service and engine, and no other", async t => {
	const table = await configurationTable();
	const known = new Set([
		...serviceDefaults().keys(),
		...(await engineDefaults(t)).keys(),
		...readElsewhere.keys(),
	]);
	t.deepEqual([...table.keys()].sort(), [...known].sort());
});

test("the README's defaults are those of the schemas", async t => {
	const table = await configurationTable();
	const defaults = new Map([...(await engineDefaults(t)), ...serviceDefaults(), ...readElsewhere]);
	for (const [variable, shown] of table) {
		t.is(shown, defaults.get(variable)!, variable);
	}
});
