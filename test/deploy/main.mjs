/**
 * Sets up what the tests of deploy/ need, where it is missing, and runs them:
 *   node test/deploy/main.mjs [pytest's arguments]
 */
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {setUp} from '../../setup.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

function run(command, args, options = {}) {
	const {status, stdout, error} = spawnSync(command, args, {
		cwd: root,
		encoding: 'utf8',
		stdio: ['ignore', 'inherit', 'inherit'],
		...options,
	});
	if (error) {
		throw error;
	}

	return {status: status ?? 1, stdout};
}

const {python, modelDirectory} = await setUp({dev: true});
const prepared = run(python, ['test/deploy/set_up.py'], {stdio: ['ignore', 'pipe', 'inherit']});
if (prepared.status !== 0) {
	process.exit(prepared.status);
}

const {deployPython, toolsPath} = JSON.parse(prepared.stdout);
const {status} = run(deployPython, ['-m', 'pytest', '-q', 'test/deploy', ...process.argv.slice(2)], {
	env: {
		...process.env,
		REDRAFT_TEST_PYTHON: python,
		REDRAFT_TEST_MODEL_DIR: modelDirectory,
		REDRAFT_DEPLOY_TOOLS: toolsPath,
	},
});
process.exitCode = status;
