/**
 * Builds the page into `dist/web`, unless it was built of the same sources before.
 *   node web/build.mjs
 */
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const digestFile = path.join(root, 'dist', 'web.sha256');
/** What the page is made of. */
const sources = ['web', 'examples/files', 'package-lock.json'];

function filesBelow(source) {
	const isFolder = path.extname(source) === '';
	return isFolder
		? readdirSync(path.join(root, source), {recursive: true, withFileTypes: true})
				.filter(entry => entry.isFile())
				.map(entry => path.join(entry.parentPath, entry.name))
				.sort()
		: [path.join(root, source)];
}

function digestOfSources() {
	const hash = createHash('sha256');
	for (const file of sources.flatMap(filesBelow)) {
		hash.update(path.relative(root, file)).update('\0').update(readFileSync(file));
	}
	return hash.digest('hex');
}

function builtDigest() {
	try {
		readFileSync(path.join(root, 'dist', 'web', 'index.html'));
		return readFileSync(digestFile, 'utf8');
	} catch {
		return '';
	}
}

/**
 * @param {(line: string) => void} onProgress is told when there is something to do
 */
export async function ensurePage(onProgress) {
	const digest = digestOfSources();
	if (builtDigest() === digest) {
		return;
	}
	onProgress('Building the page…');
	const {build} = await import('vite');
	await build({configFile: path.join(root, 'web', 'vite.config.ts'), logLevel: 'warn'});
	writeFileSync(digestFile, digest);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	await ensurePage(line => process.stderr.write(`${line}\n`));
}
