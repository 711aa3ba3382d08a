import {execFile, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {openCertificates} from '../../src/access/certificates.ts';
import {ClientLimitError} from '../../src/access/client-limits.ts';
import {ClientTokens} from '../../src/access/client-tokens.ts';
import {ReloadedFiles} from '../../src/access/reloaded-files.ts';
import {UnavailableError} from '../../src/errors/errors.ts';
import type {Verifier} from '../../src/speculation/verifier.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {TestAuthority, temporaryFolder} from '../helpers/certificates.ts';
import {clientVenv} from '../helpers/client-venv.ts';
import {GatedVerifier} from '../helpers/gated-verifier.ts';
import {applyOperations} from '../helpers/line-operations.ts';
import {startServer, type TestServerOptions, until} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

const run = promisify(execFile);
const client = fileURLToPath(new URL('../../clients/python', import.meta.url));
const script = fileURLToPath(new URL('edits.py', import.meta.url));
const request = {original: 'a\nb\n', instruction: 'Make b c.'};
const edited = 'a\nc\n';
const quick = {initial_backoff_s: 0.001, max_backoff_s: 0.001};
/** Of the package as it is installed. */
let python: string;
let installed: string;

test.before(async () => {
	python = await clientVenv(path.join(client, 'requirements-dev.txt'));
	installed = await mkdtemp(path.join(tmpdir(), 'redraft-python-'));
	const options = ['--quiet', '--no-deps', '--no-build-isolation', '--no-index', '--target', installed];
	await run(python, ['-m', 'pip', 'install', ...options, client]);
});

test.after.always(() => rm(installed, {recursive: true, force: true}));

interface Report {
	readonly events: readonly {
		readonly queued?: {readonly place: number};
		readonly started?: object;
		readonly delta?: {readonly text?: string; readonly operations?: readonly object[]};
		readonly summary?: {readonly finishReason: string};
	}[];
	readonly code?: string;
	readonly details?: string;
}

interface Task {
	readonly request?: object;
	readonly timeout_s?: number;
	readonly security?: object;
	readonly retry_policy?: object;
	readonly close_after?: number;
}

const environment = () => ({...process.env, PYTHONPATH: installed, PYTHONDONTWRITEBYTECODE: '1'});

/** Starts `edits.py`; `release` ends its wait after the stream is closed. */
function start(address: string, task: Task) {
	const child = spawn(python, [script, address], {env: environment(), stdio: ['pipe', 'pipe', 'inherit']});
	let output = '';
	child.stdout.on('data', data => {
		output += data;
	});
	child.stdin.write(`${JSON.stringify({request, ...task})}\n`);
	const report = new Promise<Report>(resolve => {
		child.on('close', () => resolve(JSON.parse(output) as Report));
	});
	return {report, release: () => child.stdin.end()};
}

async function edit(address: string, task: Task = {}): Promise<Report> {
	const {report, release} = start(address, task);
	release();
	return report;
}

const textOf = ({events}: Report) => events.map(({delta}) => delta?.text ?? '').join('');
const kindsOf = ({events}: Report) => events.map(event => Object.keys(event)[0]);

/** A server whose model answers `edited`. */
async function serve(
	t: ExecutionContext,
	options: Partial<TestServerOptions> = {},
	wrap: (verifier: TargetVerifier) => Verifier = verifier => verifier,
	failures?: ReadonlyMap<number, Error>,
) {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode('a\nc\n```'), model.endToken];
	const verifier = new TargetVerifier({target, ...(failures && {failures})});
	return {...(await startServer(t, {model, verifier: wrap(verifier), ...options})), verifier};
}

/** Fails the first edits before they write anything. */
const failing = (errors: Error[]) => (verifier: TargetVerifier) => ({
	open: () => {
		const error = errors.shift();
		const sequence = verifier.open();
		return error ? {...sequence, verify: async () => Promise.reject(error)} : sequence;
	},
});

test('the messages come in order, and the operations turn the file into its edit', async t => {
	const {address} = await serve(t);
	const report = await edit(address, {request: {...request, options: {includeDiff: true}}});
	t.is(textOf(report), edited);
	t.deepEqual([kindsOf(report)[0], kindsOf(report).at(-1)], ['started', 'summary']);
	const operations = report.events.flatMap(({delta}) => delta?.operations ?? []);
	t.is(applyOperations(request.original, operations as never), edited);
});

test('a refused request fails with its status and reason, once', async t => {
	const {address} = await serve(t);
	const report = await edit(address, {request: {original: 'a'}});
	t.like(report, {code: 'INVALID_ARGUMENT', events: []});
	t.regex(report.details!, /^instruction: expected/);
});

test('an edit of which nothing was delivered is asked for again, so often and no more', async t => {
	const errors = Array.from({length: 5}, () => new UnavailableError('away'));
	const {address} = await serve(t, {}, failing(errors));
	t.like(await edit(address, {retry_policy: {...quick, max_attempts: 3}}), {code: 'UNAVAILABLE'});
	t.is(errors.length, 2);
	const report = await edit(address, {retry_policy: quick});
	t.is(textOf(report), edited);
	t.deepEqual(kindsOf(report).slice(0, 4), ['started', 'started', 'started', 'delta']);
});

test('after the first delta an edit is not asked for again', async t => {
	const failures = new Map([[3, new UnavailableError('away')]]);
	const {address, verifier} = await serve(t, {}, undefined, failures);
	const plain = {request: {...request, options: {speculation: false}}, retry_policy: quick};
	const report = await edit(address, plain);
	t.like(report, {code: 'UNAVAILABLE'});
	t.is(textOf(report), 'a\nc');
	t.is(verifier.passes, 4);
});

test('a wait that the server names is kept to, and one that ends behind the deadline is not begun', async t => {
	const errors = [new ClientLimitError('busy', 1), new ClientLimitError('busy', 600_000)];
	const {address} = await serve(t, {}, failing(errors));
	const slow = {initial_backoff_s: 600, max_backoff_s: 600};
	t.like(await edit(address, {timeout_s: 300, retry_policy: slow}), {code: 'RESOURCE_EXHAUSTED'});
	t.is(errors.length, 0);
});

test('the deadline ends an edit, and closing the stream frees it', async t => {
	const model = await byteModel(t);
	const endless = new TargetVerifier({target: model.tokenizer.encode('x'.repeat(5000)), passMs: 20});
	const {address, admission} = await startServer(t, {model, verifier: endless});
	const plain = {...request, options: {speculation: false}};
	t.like(await edit(address, {request: plain, timeout_s: 1}), {code: 'DEADLINE_EXCEEDED'});
	await until(() => admission.openEdits === 0);
	const {report, release} = start(address, {request: plain, close_after: 3});
	await until(() => admission.openEdits === 1);
	await until(() => admission.openEdits === 0);
	release();
	t.is((await report).events.length, 3);
});

test('an edit that waits for a place tells it', async t => {
	let gate: GatedVerifier | undefined;
	const close = (verifier: TargetVerifier) => {
		gate = new GatedVerifier(verifier);
		gate.closeGate();
		return gate;
	};
	const {address, admission} = await serve(t, {maxOpenEdits: 1, maxQueuedEdits: 1}, close);
	const first = edit(address);
	await until(() => admission.openEdits === 1);
	const second = start(address, {close_after: 1});
	second.release();
	t.deepEqual((await second.report).events, [{queued: {place: 1}}]);
	gate!.openGate();
	t.is(textOf(await first), edited);
});

test('a service that asks for TLS, a certificate and a token gets all three', async t => {
	const folder = await temporaryFolder(t);
	const authority = await TestAuthority.create(folder, 'authority');
	const [served, caller] = [await authority.sign('served'), await authority.sign('caller')];
	const certificates = await openCertificates({...served, caFile: authority.caFile}, 1000);
	const tokensFile = path.join(folder, 'tokens');
	await writeFile(tokensFile, `me ${createHash('sha256').update('secret').digest('hex')}\n`);
	const parse = ([content]: readonly (Buffer | undefined)[]) => ClientTokens.parse(content!.toString());
	const tokens = await ReloadedFiles.open([tokensFile], parse, 1000);
	t.teardown(() => {
		certificates.close();
		tokens.close();
	});
	const {address} = await serve(t, {certificates, tokens});
	const security = {
		ca: authority.caFile,
		certificate: caller.certFile,
		private_key: caller.keyFile,
		token: 'secret',
	};
	t.is(textOf(await edit(address, {security})), edited);
	t.like(await edit(address, {security: {...security, token: 'other'}}), {code: 'UNAUTHENTICATED'});
	const once = {max_attempts: 1};
	t.like(await edit(address, {security: {token: 'secret'}, retry_policy: once}), {code: 'UNAVAILABLE'});
});

test('the example edits a file in its place, byte for byte', async t => {
	const {address} = await serve(t);
	const file = path.join(await temporaryFolder(t), 'file.txt');
	await writeFile(file, 'a\r\nb\r\n');
	const example = path.join(client, 'examples/edit_file.py');
	const {stdout} = await run(python, [example, address, file, 'Make b c.'], {env: environment()});
	t.is(stdout, 'a\r\nc\r\n');
	t.is(await readFile(file, 'utf8'), 'a\r\nc\r\n');
});

test('the generated code is what generate.py makes of the proto', async t => {
	const folder = await temporaryFolder(t);
	await run(python, [path.join(client, 'generate.py'), folder], {env: environment()});
	const names = (await readdir(path.join(folder, 'redraft/v1'))).sort();
	t.deepEqual(names, ['redraft_pb2.py', 'redraft_pb2.pyi', 'redraft_pb2_grpc.py']);
	for (const name of names) {
		const kept = await readFile(path.join(client, 'src/redraft/v1', name), 'utf8');
		t.is(kept, await readFile(path.join(folder, 'redraft/v1', name), 'utf8'), name);
	}
});

test('the types hold for the client, its example and its callers', async t => {
	const cache = await temporaryFolder(t);
	const options = ['-m', 'mypy', '--config-file', path.join(client, 'pyproject.toml'), '--cache-dir', cache];
	const files = [path.join(client, 'src/redraft/client.py'), path.join(client, 'examples'), script];
	const env = {...environment(), MYPYPATH: path.join(client, 'src')};
	const {stdout} = await run(python, [...options, ...files], {env, cwd: cache});
	t.regex(stdout, /no issues found/);
});
