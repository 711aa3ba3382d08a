import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {byteModelDirectory} from '../helpers/byte-model.ts';
import {startProgram} from '../helpers/started-program.ts';

/** A start without anything set up: only what comes before the set-up can be told. */
async function start(t: ExecutionContext, settings: Readonly<Record<string, string>>) {
	const home = await mkdtemp(path.join(tmpdir(), 'redraft-start-'));
	t.teardown(() => rm(home, {recursive: true}));
	const program = startProgram(t, [process.execPath, '--import=tsx/esm', 'src/main.ts'], {
		...settings,
		XDG_CACHE_HOME: home,
	});
	const code = await program.ended;
	return {code, output: program.output(), isSetUp: existsSync(path.join(home, 'redraft'))};
}

const isToldAtOnce = test.macro<[(t: ExecutionContext) => Promise<Record<string, string>>, RegExp]>(
	async (t, settings, message) => {
		const {code, output, isSetUp} = await start(t, {REDRAFT_LISTEN: '127.0.0.1:0', ...(await settings(t))});
		t.is(code, 1);
		t.regex(output, message);
		t.false(isSetUp);
	},
);

test(
	'a port that is taken is told before anything is set up',
	isToldAtOnce,
	async t => {
		const squatter = createServer();
		await new Promise<void>(resolve => squatter.listen(0, '127.0.0.1', resolve));
		t.teardown(() => squatter.close());
		const {port} = squatter.address() as {port: number};
		return {REDRAFT_LISTEN: `127.0.0.1:${port}`};
	},
	/REDRAFT_LISTEN: expected a free address, got 127\.0\.0\.1:\d+: .*EADDRINUSE/,
);
test(
	'a model directory that is not there is told before anything is set up',
	isToldAtOnce,
	async () => ({REDRAFT_MODEL_DIR: '/nowhere/model'}),
	/\/nowhere\/model\/tokenizer\.json: expected a JSON file/,
);
test(
	'a model directory without weights is told before anything is set up',
	isToldAtOnce,
	async t => ({REDRAFT_MODEL_DIR: await byteModelDirectory(t)}),
	/REDRAFT_MODEL_DIR: expected a directory with safetensors, got .* without/,
);
test(
	'an adapter directory without an adapter is told before anything is set up',
	isToldAtOnce,
	async t => {
		const directory = path.join(await byteModelDirectory(t), 'adapter');
		await mkdir(directory);
		return {REDRAFT_ADAPTER_DIR: directory};
	},
	/REDRAFT_ADAPTER_DIR: expected a directory with adapter_config\.json, got .* without/,
);
test(
	'a model that the catalog lacks is told before anything is set up',
	isToldAtOnce,
	async () => ({REDRAFT_MODEL: 'no-such-model'}),
	/expected one of .*, got \\?"no-such-model/,
);
test(
	'a setting out of range is told before anything is set up',
	isToldAtOnce,
	async () => ({REDRAFT_MAX_OPEN_EDITS: '0'}),
	/REDRAFT_MAX_OPEN_EDITS: .*got \\?"0/,
);
