import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import type {Plugin, Rollup} from 'vite';

export const noticesFile = 'THIRD-PARTY-NOTICES.txt';

interface Package {
	readonly name: string;
	readonly version: string;
	readonly license: string;
	readonly text: string;
}

/**
 * Writes the notices that the licences of the bundled packages ask for beside the page: of exactly those packages of
 * which code is in it.
 */
export function thirdPartyNotices(): Plugin {
	return {
		name: 'third-party-notices',
		generateBundle(_, bundle) {
			const packages = [...new Set(Object.values(bundle).flatMap(packagesIn))].sort().map(readPackage);
			this.emitFile({type: 'asset', fileName: noticesFile, source: noticesOf(packages)});
		},
	};
}

/** Directories of the packages whose modules left code in a file. */
function packagesIn(file: Rollup.OutputAsset | Rollup.OutputChunk): string[] {
	const modules = file.type === 'chunk' ? Object.entries(file.modules) : [];
	return modules
		.filter(([, {renderedLength}]) => renderedLength > 0)
		.flatMap(
			([id]) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id.replaceAll('\\', '/')) ?? [],
		);
}

/** @throws {Error} the package has no licence, or no text of it */
function readPackage(directory: string): Package {
	const {name, version, license} = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
	const file = readdirSync(directory).find(entry => /^licen[cs]e(\.\w+)?$/i.test(entry));
	if (typeof license !== 'string' || file === undefined) {
		throw new Error(`${name}: expected a licence and its text, got ${license} and ${file}`);
	}

	const notice = path.join(directory, 'NOTICE');
	const texts = [path.join(directory, file), ...(existsSync(notice) ? [notice] : [])];
	const text = texts.map(one => readFileSync(one, 'utf8').trim()).join('\n\n');
	return {name, version, license, text};
}

function noticesOf(packages: readonly Package[]): string {
	const line = '-'.repeat(80);
	const parts = packages.map(
		({name, version, license, text}) => `${line}\n${name} ${version} (${license})\n\n${text}\n`,
	);
	return `This page holds code of the following packages.\n\n${parts.join('\n')}`;
}
