import {spawn} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {byteModel} from './helpers/byte-model.ts';
import {startServer} from './helpers/start-server.ts';
import {TargetVerifier} from './helpers/target-verifier.ts';

const original = 'const a = 1;\nconst b = 2;\n';
const edited = 'const a = 1;\nconst c = 2;\n';

/** A file to edit and a server whose model answers with a text. */
async function prepare(t: ExecutionContext, answer: string) {
	const directory = await mkdtemp(path.join(tmpdir(), 'redraft-cli-'));
	t.teardown(() => rm(directory, {recursive: true}));
	const file = path.join(directory, 'code.js');
	await writeFile(file, original);
	const model = await byteModel(t);
	const verifier = new TargetVerifier({target: [...model.tokenizer.encode(answer), model.endToken]});
	const {address} = await startServer(t, {model, verifier});
	return {file, address, directory};
}

function redraft(...parameters: string[]): Promise<{code: number | null; stdout: string; stderr: string}> {
	const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
	const child = spawn(process.execPath, ['--import=tsx/esm', cli, ...parameters]);
	const output = {stdout: '', stderr: ''};
	child.stdout.on('data', data => {
		output.stdout += data;
	});
	child.stderr.on('data', data => {
		output.stderr += data;
	});
	return new Promise(resolve => {
		child.on('close', code => resolve({code, ...output}));
	});
}

test('prints the edited file and leaves the file alone', async t => {
	const {file, address} = await prepare(t, edited.replace(/\n$/, '\n```'));
	const {code, stdout, stderr} = await redraft(
		'edit',
		file,
		'--instruction',
		'Rename b to c.',
		'--server',
		address,
	);
	t.is(code, 0, stderr);
	t.is(stdout, edited);
	t.regex(stderr, /tokens per pass/);
	t.is(await readFile(file, 'utf8'), original);
});

test('--write replaces the file and prints nothing to stdout', async t => {
	const {file, address} = await prepare(t, edited.replace(/\n$/, '\n```'));
	const {code, stdout} = await redraft('edit', file, '-i', 'Rename b to c.', '--server', address, '--write');
	t.is(code, 0);
	t.is(stdout, '');
	t.is(await readFile(file, 'utf8'), edited);
});

test('--diff prints a unified diff', async t => {
	const {file, address} = await prepare(t, edited.replace(/\n$/, '\n```'));
	const {stdout} = await redraft('edit', file, '-i', 'Rename b to c.', '--server', address, '--diff');
	t.regex(stdout, /^-const b = 2;\n\+const c = 2;$/m);
});

test('--update is read from a file; a missing one is named', async t => {
	const {file, address, directory} = await prepare(t, edited.replace(/\n$/, '\n```'));
	const update = path.join(directory, 'update.js');
	const missing = await redraft('edit', file, '--update', update, '--server', address);
	t.is(missing.code, 1);
	t.true(missing.stderr.includes(update));
	await writeFile(update, '// ... existing code ...\nconst c = 2;\n');
	t.is((await redraft('edit', file, '--update', update, '--server', address)).stdout, edited);
});

test('a refused edit ends with the status and the reason, and writes nothing', async t => {
	const {file, address} = await prepare(t, 'x');
	const {code, stderr} = await redraft('edit', file, '--server', address, '--write');
	t.is(code, 1);
	t.regex(stderr, /INVALID_ARGUMENT: instruction: expected/);
	t.is(await readFile(file, 'utf8'), original);
});

test('a service that is not there is reported, not waited for', async t => {
	const {file} = await prepare(t, 'x');
	const {code, stderr} = await redraft('edit', file, '-i', 'x', '--server', '127.0.0.1:9');
	t.is(code, 1);
	t.regex(stderr, /UNAVAILABLE/);
});

test('a file that is not UTF-8 is refused, not replaced by something similar', async t => {
	const {file, address} = await prepare(t, 'x');
	const bytes = Buffer.from([0x61, 0xe9, 0x0a]);
	await writeFile(file, bytes);
	const {code, stderr} = await redraft('edit', file, '-i', 'x', '--server', address, '--write');
	t.is(code, 1);
	t.regex(stderr, /expected UTF-8 text/);
	t.deepEqual(await readFile(file), bytes);
});
