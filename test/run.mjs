// Runs every check of the project in order and closes with `N passed, N failed`, whatever runner counted them.
import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {setUp} from '../setup.mjs';
import {failedByAva, failedByPytest} from './failed-tests.mjs';
import {checks} from './lint/checks.mjs';
import {installChromium} from './web/install-chromium.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @type {{passed: number, failed: number}} */
const total = {passed: 0, failed: 0};

/** @type {string[]} what is told again at the end, where it is found */
const failures = [];

/** Longer than any stage takes on two cores; what waits for ever would leave no word of the rest. */
const maxStageMs = 45 * 60_000;
const graceMs = 60_000;

function run(command, args, env) {
	return new Promise(resolve => {
		const child = spawn(command, args, {
			cwd: root,
			env: {...process.env, ...env},
			stdio: ['ignore', 'pipe', 'inherit'],
			// On SIGINT the runners tell which tests they were at.
			timeout: maxStageMs,
			killSignal: 'SIGINT',
		});
		setTimeout(() => child.kill('SIGKILL'), maxStageMs + graceMs).unref();
		let output = '';
		child.stdout.on('data', chunk => {
			process.stdout.write(chunk);
			output += chunk;
		});
		const end = code => resolve({code: code ?? 1, output});
		child.on('error', error => resolve({code: 1, output: String(error)}));
		child.on('close', end);
		// What it left running may hold its output open.
		child.on('exit', code => setTimeout(end, graceMs, code).unref());
	});
}

function lastNumber(output, pattern) {
	return Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);
}

const counters = {
	check: (_, code) => ({passed: code === 0 ? 1 : 0, failed: 0}),
	ava: output => ({
		passed: lastNumber(output, /^# pass (\d+)$/gm),
		failed: lastNumber(output, /^# fail (\d+)$/gm),
	}),
	pytest: output => ({
		passed: lastNumber(output, /(\d+) passed/g),
		failed: lastNumber(output, /(\d+) failed/g) + lastNumber(output, /(\d+) errors?/g),
	}),
};

const listers = {check: () => [], ava: failedByAva, pytest: failedByPytest};

async function stage(name, kind, command, args, env) {
	console.log(`\n== ${name}`);
	const {code, output} = await run(command, args, env);
	const {passed, failed} = counters[kind](output, code);
	// A runner that dies, or finds nothing to run, counts as a failure of its own.
	const isSilent = passed + failed === 0;
	total.passed += passed;
	const hasFailed = failed > 0 || code !== 0 || isSilent;
	total.failed += failed > 0 ? failed : Number(hasFailed);
	if (hasFailed) {
		failures.push(`== ${name}, exit code ${code}`, ...listers[kind](output));
	}
}

const {python, model, modelDirectory} = await setUp({dev: true});
// Programs that a test starts take the model that was set up, whatever this machine's memory would choose.
const env = {REDRAFT_TEST_PYTHON: python, REDRAFT_TEST_MODEL_DIR: modelDirectory, REDRAFT_MODEL: model};
installChromium();
const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
const ava = (...options) => ['node_modules/ava/entrypoints/cli.mjs', '--tap', ...options];
const node = process.execPath;
for (const {name, command, args} of checks(python)) {
	await stage(name, 'check', command, args);
}

await stage('build', 'check', npx, ['tsc', '--project', 'tsconfig.build.json']);
await stage('page', 'check', node, ['web/build.mjs']);
await stage('engine and training', 'pytest', python, ['-m', 'pytest', '-q'], env);
await stage('units', 'ava', node, ava(), env);
await stage('deployment', 'pytest', node, ['test/deploy/main.mjs'], env);
await stage('page in Chromium', 'ava', node, ava('--config', 'test/web/ava.config.mjs'), env);
await stage('real Triton', 'ava', node, ava('--config', 'test/end-to-end/ava.config.mjs'), env);
if (process.env.CI) {
	// It asks services on the network, and may fail without a change here: not for everybody's every run.
	await stage('audit', 'check', npx, ['tsx', 'test/audit/main.ts']);
}

for (const failure of failures) {
	console.log(`\n${failure}`);
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
