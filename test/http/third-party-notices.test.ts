import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {serveHttp} from './serve.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packageOf = (module: string) => /^(?:@[^/]+\/)?[^/]+/.exec(module)![0];

/** Packages that the page's source imports. */
function importedPackages(): string[] {
	const source = path.join(root, 'web/src');
	const files = readdirSync(source, {recursive: true, encoding: 'utf8'}).filter(name => name.endsWith('.ts'));
	const imports = files.flatMap(name =>
		Array.from(
			readFileSync(path.join(source, name), 'utf8').matchAll(/^(?:import|\}) .*from '([^.].*)';$/gm),
		),
	);
	return [
		...new Set(
			imports.filter(([line]) => !line.startsWith('import type')).map(([, name]) => packageOf(name!)),
		),
	];
}

interface Manifest {
	readonly version: string;
	readonly license: string;
	readonly dependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (name: string) =>
	JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8')) as Manifest;

/** Packages with all that they depend on. */
function withDependencies(names: readonly string[]): Set<string> {
	const all = new Set<string>();
	const add = (name: string) => {
		if (!all.has(name)) {
			all.add(name);
			Object.keys(manifestOf(name).dependencies ?? {}).forEach(add);
		}
	};
	names.forEach(add);
	return all;
}

test('the page carries the licence of each package in it, and of no other', async t => {
	const {baseURL} = await serveHttp(t, '', {hasPage: true});
	const response = await fetch(new URL('/THIRD-PARTY-NOTICES.txt', baseURL));
	t.is(response.headers.get('content-type'), 'text/plain; charset=utf-8');
	const [, ...parts] = (await response.text()).split(/^-{80}\n/m);
	const notices = new Map(parts.map(part => [part.slice(0, part.indexOf(' ')), part]));
	const imported = importedPackages();
	t.true(imported.length > 5);
	t.deepEqual(
		imported.filter(name => !notices.has(name)),
		[],
	);
	const known = withDependencies(imported);
	for (const [name, notice] of notices) {
		t.true(known.has(name), name);
		const {version, license} = manifestOf(name);
		t.true(notice.startsWith(`${name} ${version} (${license})\n`), name);
		t.regex(notice, /copyright/i, name);
	}
});
