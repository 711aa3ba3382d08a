import {execFile} from 'node:child_process';
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {repositoryRoot} from '../../src/embedded/machine/paths.ts';
import {eventually, startProgram} from '../helpers/started-program.ts';

const run = promisify(execFile);
const maxPackedBytes = 32 << 20;

const root = mkdtempSync(path.join(tmpdir(), 'redraft-package-'));
const [source, home, folder] = ['source', 'home', 'folder'].map(name => path.join(root, name)) as [
	string,
	string,
	string,
];
/** Of a user who has nothing yet. */
const env = {
	...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))),
	HOME: home,
	XDG_CACHE_HOME: path.join(home, '.cache'),
	// The smallest of the models that come by themselves.
	REDRAFT_MODEL: 'smollm2-135m-instruct',
};
let packed: {filename: string; size: number; files: {path: string}[]};

test.before(async () => {
	for (const directory of [source, home, folder]) {
		mkdirSync(directory);
	}

	copySource();
	const {stdout} = await run('npm', ['pack', '--json', '--pack-destination', root], {cwd: source});
	// npm 11 lists packages, npm 12 names them.
	packed = Object.values(JSON.parse(stdout) as Record<string, typeof packed>)[0]!;
	writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}');
	const tarball = path.join(root, packed.filename);
	await run('npm', ['install', '--no-audit', '--no-fund', tarball], {cwd: folder, env});
});

test.after.always(() => rmSync(root, {recursive: true, force: true, maxRetries: 5}));

/** What was made in this clone, by its builds and its tools. */
const made = new Set([
	'node_modules',
	'dist',
	'.git',
	'__pycache__',
	'.mypy_cache',
	'.ruff_cache',
	'.pytest_cache',
]);

/** What a clone holds: nothing that was built in this one. */
function copySource(): void {
	const filter = (file: string) => !made.has(path.basename(file));
	cpSync(repositoryRoot, source, {recursive: true, filter});
	symlinkSync(path.join(repositoryRoot, 'node_modules'), path.join(source, 'node_modules'));
}

const filesBelow = (directory: string, ending: string) =>
	readdirSync(path.join(source, directory), {recursive: true, encoding: 'utf8'})
		.filter(name => name.endsWith(ending) && !name.includes('__pycache__'))
		.map(name => `${directory}/${name}`);

test.serial('the tarball holds what a run needs, and nothing else', t => {
	const names = packed.files.map(file => file.path);
	const compiled = filesBelow('src', '.ts')
		.filter(name => !name.startsWith('src/protos/generated/'))
		.map(name => name.replace(/^src(.*)\.ts$/, 'dist$1.js'));
	const needed = [
		...compiled,
		...filesBelow('src', '.py'),
		...filesBelow('protos', '.proto'),
		...filesBelow('triton-models', '.txt'),
		...filesBelow('triton-models/verifier', '').filter(name =>
			/\.(py|cpp|h|json|pbtxt|safetensors|md)$/.test(name),
		),
		...['LICENSE', 'NOTICE', 'README.md', 'package.json', 'dist/index.d.ts', 'dist/edit/prompt-form.json'],
		...['dist/web/index.html', 'dist/web/THIRD-PARTY-NOTICES.txt'],
	];
	t.deepEqual(
		needed.filter(name => !names.includes(name)),
		[],
	);
	const built =
		/^dist\/(web\/|index\.d\.ts$|grpc\/(client(-messages)?|retry-policy)\.d\.ts$|protos\/generated\/redraft\/v1\/\w+\.d\.ts$)/;
	t.deepEqual(
		names.filter(name => !needed.includes(name) && !built.test(name)),
		[],
	);
	t.true(packed.size < maxPackedBytes);
});

test.serial('doctor tells what the first start will set up', async t => {
	const {stdout} = await run('npx', ['redraft', 'doctor'], {cwd: folder, env});
	t.regex(stdout, /Node/);
	t.regex(stdout, /not set up/);
});

test.serial(
	'in an empty folder with an empty cache, an edit sets up what it needs and edits the file',
	async t => {
		writeFileSync(path.join(folder, 'settings.py'), 'retries = 3\n');
		const command = ['redraft', 'edit', 'settings.py', '--instruction', 'Set `retries` to 5.', '--write'];
		const {stderr} = await run('npx', command, {cwd: folder, env});
		t.regex(stderr, /tokens per pass/);
		t.is(readFileSync(path.join(folder, 'settings.py'), 'utf8'), 'retries = 5\n');
		// pip asks rustc for its version, which may be rustup's.
		const written = readdirSync(home).filter(name => name !== '.rustup');
		t.deepEqual(written.sort(), ['.cache', '.npm']);
		t.deepEqual(
			readdirSync(path.join(home, '.cache')).filter(name => name !== 'pip'),
			['redraft'],
		);
	},
);

test.serial('the client and its types are imported from the package', async t => {
	const consumer = path.join(folder, 'consumer.ts');
	writeFileSync(consumer, consumerSource);
	const options = [
		'--strict',
		'--module',
		'nodenext',
		'--target',
		'es2023',
		'--rewriteRelativeImportExtensions',
	];
	const tsc = path.join(repositoryRoot, 'node_modules/typescript/bin/tsc');
	await run(process.execPath, [tsc, ...options, consumer], {cwd: folder});
	writeFileSync(path.join(folder, 'wrong.ts'), consumerSource.replace('instruction:', 'instructions:'));
	const wrong = run(process.execPath, [tsc, '--noEmit', ...options, 'wrong.ts'], {cwd: folder});
	t.regex(((await t.throwsAsync(wrong)) as Error & {stdout: string}).stdout, /instruction/);
	const program = startProgram(
		t,
		[path.join(folder, 'node_modules/.bin/redraft'), 'serve'],
		{
			...env,
			REDRAFT_LISTEN: '127.0.0.1:0',
			REDRAFT_HTTP_LISTEN: '127.0.0.1:0',
		},
		folder,
	);
	await eventually(
		() => program.output().includes('"model ready"') && program.output().includes('"listening"'),
	);
	const line = program
		.output()
		.split('\n')
		.find(text => text.includes('"listening"'))!;
	const {address, httpAddress} = JSON.parse(line) as {address: string; httpAddress: string};
	const {stdout} = await run(process.execPath, ['consumer.js', address], {cwd: folder});
	t.is(stdout, 'retries = 5\n');
	const page = await fetch(`http://${httpAddress}/`);
	t.is(page.status, 200);
	t.regex(await page.text(), /<title>/);
	process.kill(program.child.pid!, 'SIGTERM');
	t.is(await program.ended, 0);
	await eventually(() => program.processes().size === 0);
});

const consumerSource = `
import {type EditDelta, type LineOperation, RedraftClient, isServiceError} from 'redraft';

const client = new RedraftClient(process.argv[2] ?? '', {maxAttempts: 2, token: 'unused'});
const operations: LineOperation[] = [];
const onDelta = (delta: EditDelta) => operations.push(...delta.operations);
try {
	const request = {original: 'retries = 3\\n', instruction: 'Set \\\`retries\\\` to 5.', options: {includeDiff: true}};
	const {text, summary} = await client.edit(request, {timeoutMs: 60_000, onDelta});
	const isWhole: boolean = summary.finishReason === 'FINISH_REASON_FENCE_CLOSED' && operations.length > 0;
	process.stdout.write(isWhole ? text : '');
} catch (error) {
	process.stderr.write(isServiceError(error) ? error.details : String(error));
}
client.close();
`;
