/**
 * Sets up what is missing before any other script runs; needs nothing but Node. Quick when all is there.
 *   node setup.mjs              the npm packages of package-lock.json
 *   node setup.mjs --page       also the page that the HTTP port serves
 *   node setup.mjs --python     also the Python environment, with what the tests need
 *   node setup.mjs --model [NAME]   also a built-in model, the smallest where none is named
 */
import {spawn} from 'node:child_process';
import {readFileSync, realpathSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const minNode = [20, 12];
const report = line => process.stderr.write(`${line}\n`);

function fail(message) {
	report(message);
	process.exit(1);
}

function checkNode() {
	const [major, minor] = process.versions.node.split('.').map(Number);
	if (major > minNode[0] || (major === minNode[0] && minor >= minNode[1])) {
		return;
	}
	fail(`Node: expected ${minNode.join('.')} or later, got ${process.versions.node}`);
}

function readPackages(file) {
	try {
		return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')).packages;
	} catch {
		return {};
	}
}

/** npm leaves a list of what it installed; packages for other systems are missing from it, which is right. */
function hasNpmPackages() {
	const installed = readPackages('node_modules/.package-lock.json');
	return Object.entries(readPackages('package-lock.json'))
		.filter(([path, {optional}]) => path !== '' && !optional)
		.every(([path, {version}]) => installed[path]?.version === version);
}

/** Runs a command, which a signal to this process ends. Resolves with its exit code, signal or error. */
async function run(command, args) {
	const child = spawn(command, args, {cwd: root, stdio: ['ignore', 2, 2]});
	const forward = signal => child.kill(signal);
	process.on('SIGINT', forward).on('SIGTERM', forward);
	const end = await new Promise(resolve => {
		child.once('error', error => resolve(error.message));
		child.once('close', (code, signal) => resolve(signal ?? code));
	});
	process.off('SIGINT', forward).off('SIGTERM', forward);
	return end;
}

async function installNpmPackages() {
	report('Installing npm packages…');
	// The npm that runs this script, if one does: the first on the PATH may be another one.
	const npm = process.env.npm_execpath;
	const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
	const end = await run(command, [...first, 'ci', '--no-audit', '--no-fund']);
	if (end !== 0) {
		fail(`npm ci: expected exit code 0, got ${end}; see its output above`);
	}
}

/** The module's compiler is an npm package, so it can be loaded only once those are there. */
async function load(name) {
	// It would be written to the folder for temporary files, and stay there.
	process.env.TSX_DISABLE_CACHE = '1';
	const {tsImport} = await import('tsx/esm/api');
	return tsImport(`./src/embedded/${name}.ts`, import.meta.url);
}

/** The built-in model of the tests: the smallest, which any machine has memory for. */
function smallestModel() {
	const {models} = JSON.parse(
		readFileSync(new URL('triton-models/verifier/catalog.json', import.meta.url), 'utf8'),
	);
	return models.find(({defaultMinMemoryBytes}) => defaultMinMemoryBytes === 0).name;
}

/**
 * Sets up everything that is missing for the tests, the smallest built-in model included.
 * @param {{dev?: boolean, model?: string | false, onProgress?: (line: string) => void}} options `dev` adds what the
 * tests need; `model` names another built-in model, `false` leaves it out
 * @returns {Promise<{python: string, model: string | false, modelDirectory: string | undefined}>} the environment's
 * interpreter, the model and its Hugging Face directory
 */
export async function setUp({dev = false, model = smallestModel(), onProgress = report} = {}) {
	await setUpNode();
	const {defaultCacheDirectory} = await load('machine/paths');
	const {ensurePythonEnvironment} = await load('python/python-environment');
	const {ensureBuiltinModel} = await load('builtin-model');
	const shared = {cacheDirectory: defaultCacheDirectory(), onProgress};
	const {python} = await ensurePythonEnvironment({...shared, dev});
	const modelDirectory = model ? await ensureBuiltinModel({...shared, model, python}) : undefined;
	return {python, model, modelDirectory};
}

async function setUpNode() {
	checkNode();
	if (!hasNpmPackages()) {
		await installNpmPackages();
	}
}

async function main() {
	const flags = process.argv.slice(2);
	if (flags.includes('--model')) {
		const [name = ''] = flags.slice(flags.indexOf('--model') + 1);
		await setUp({dev: true, model: name.startsWith('-') || name === '' ? undefined : name});
	} else if (flags.includes('--python')) {
		await setUp({dev: true, model: false});
	} else {
		await setUpNode();
	}
	if (flags.includes('--page')) {
		const {ensurePage} = await import('./web/build.mjs');
		await ensurePage(report);
	}
}

const isStarted =
	process.argv[1] && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(import.meta.url));
if (isStarted) {
	await main().catch(error => fail(error.message));
}
