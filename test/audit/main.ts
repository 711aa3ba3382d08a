// Asks the registries for known vulnerabilities of what is installed to serve. Ends with 1 where there is one, and
// with `--strict` also where not all could be asked.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {type Findings, npmFindings, pipFindings} from './findings.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pipAudit = 'pip-audit==2.10.1';
const requirementFiles = ['requirements.txt', 'requirements-triton.txt'].map(name => `triton-models/${name}`);

function outputOf(command: string, args: readonly string[]): string {
	return spawnSync(command, args, {cwd: root, encoding: 'utf8', maxBuffer: 1 << 26}).stdout ?? '';
}

/** In an environment of its own, so that it does not audit itself. */
function auditPython(): Findings[] {
	const folder = mkdtempSync(path.join(tmpdir(), 'redraft-audit-'));
	const python = path.join(folder, 'bin/python');
	try {
		outputOf('python3', ['-m', 'venv', folder]);
		outputOf(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', pipAudit]);
		const options = [
			'-m',
			'pip_audit',
			'--disable-pip',
			'--no-deps',
			'--format',
			'json',
			'--progress-spinner',
			'off',
		];
		return requirementFiles.map(file => pipFindings(file, outputOf(python, [...options, '-r', file])));
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const findings = [npmFindings(outputOf(npm, ['audit', '--omit=dev', '--json'])), ...auditPython()];
const vulnerable = findings.flatMap(each => each.vulnerable);
const unaudited = findings.flatMap(each => each.unaudited);
for (const line of vulnerable) {
	console.log(`vulnerable: ${line}`);
}

for (const line of unaudited) {
	console.log(`not audited: ${line}`);
}

console.log(`${vulnerable.length} vulnerable, ${unaudited.length} not audited`);
process.exitCode =
	vulnerable.length > 0 || (process.argv.includes('--strict') && unaudited.length > 0) ? 1 : 0;
