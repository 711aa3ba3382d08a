import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {program, run} from './support.ts';

interface Finding {
	readonly subject: string;
	readonly state: string;
	readonly found: string;
	readonly advice?: string;
}

/** What the program finds with an empty cache and the given settings. */
async function examine(t: ExecutionContext, settings: Readonly<Record<string, string>> = {}) {
	const home = await mkdtemp(path.join(tmpdir(), 'redraft-doctor-'));
	t.teardown(() => rm(home, {recursive: true}));
	const env = {...settings, XDG_CACHE_HOME: home};
	const {code, stdout} = await run([...program, 'doctor', '--json'], env).ended;
	const {findings} = JSON.parse(stdout) as {findings: Finding[]};
	return {code, home, of: (subject: string) => findings.find(finding => finding.subject === subject)};
}

test('what the first start would set up is no failure, and is not set up by the question', async t => {
	const {code, home, of} = await examine(t, {REDRAFT_LISTEN: '127.0.0.1:0', REDRAFT_MODEL: 'auto'});
	t.is(code, 0);
	t.like(of('Node'), {state: 'ok', found: process.versions.node});
	t.like(of('Python packages'), {state: 'note', found: 'not set up'});
	t.is(of('model')!.state, 'note');
	t.regex(
		of('model')!.found,
		/^[^,]+, not set up \(it is the default from \d+\.\d GB of memory on, and there are /,
	);
	t.regex(of('model')!.advice!, /^the next start downloads \d+/);
	t.regex(of('processor')!.found, /^\d+ × /);
	t.is(of('address')!.state, 'ok');
	t.deepEqual(await readdir(home), []);
});

test('the number format is the one that the settings choose', async t => {
	const {of} = await examine(t, {REDRAFT_DEVICE: 'cpu', REDRAFT_DTYPE: 'bfloat16'});
	t.is(of('number format')!.found, 'bfloat16 on cpu (REDRAFT_DTYPE)');
});

test('a setting that is wrong, an interpreter that is missing and a model without weights are failures', async t => {
	const wrong = await examine(t, {REDRAFT_MAX_OPEN_EDITS: '0', REDRAFT_PYTHON: '/nowhere/python3'});
	t.is(wrong.code, 1);
	t.like(wrong.of('settings'), {state: 'bad'});
	t.regex(wrong.of('settings')!.found, /^REDRAFT_MAX_OPEN_EDITS: /);
	t.regex(wrong.of('Python')!.found, /\/nowhere\/python3: not found/);
	const empty = await examine(t, {REDRAFT_MODEL_DIR: '/nowhere/model'});
	t.is(empty.code, 1);
	t.regex(empty.of('model')!.found, /^REDRAFT_MODEL_DIR: expected a directory/);
});

test('a Triton that does not answer is a failure, and this machine is not asked for more', async t => {
	const {code, of} = await examine(t, {TRITON_URLS: '127.0.0.1:9', REDRAFT_MODEL_DIR: '/nowhere'});
	t.is(code, 1);
	t.regex(of('Triton')!.found, /ECONNREFUSED/);
	t.is(of('Python'), undefined);
});

test('an address that is taken is told with the way out', async t => {
	const squatter = createServer();
	await new Promise<void>(resolve => squatter.listen(0, '127.0.0.1', resolve));
	t.teardown(() => squatter.close());
	const {port} = squatter.address() as {port: number};
	const {of} = await examine(t, {REDRAFT_LISTEN: `127.0.0.1:${port}`});
	t.like(of('address'), {state: 'note'});
	t.regex(of('address')!.advice!, /REDRAFT_LISTEN names another address/);
});

test('for people the findings stand in columns, with what to do below', async t => {
	const home = await mkdtemp(path.join(tmpdir(), 'redraft-doctor-'));
	t.teardown(() => rm(home, {recursive: true}));
	const {stdout} = await run([...program, 'doctor'], {XDG_CACHE_HOME: home}).ended;
	t.regex(stdout, /^ok {4}Node {13}\d+/m);
	t.regex(stdout, /^note {2}Python packages {2}not set up\n {23}→ the next start installs them/m);
});
