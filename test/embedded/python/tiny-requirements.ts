import {execFileSync} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

// A wheel is a zip file, which Python can write and Node can't.
const wheelScript = `
import hashlib, sys, zipfile
name, path = sys.argv[1:]
info = f"{name}-1.0.dist-info"
with zipfile.ZipFile(path, "w") as wheel:
    wheel.writestr(f"{name}.py", "value = 42\\n")
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", f"{name}.py,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
print(hashlib.sha256(open(path, "rb").read()).hexdigest())
`;

/** Requirement files in the form of the real ones, over wheels of a few lines that lie on disk. */
export async function writeTinyRequirements(directory: string, python: string): Promise<string> {
	const wheels = join(directory, 'wheels');
	await mkdir(wheels, {recursive: true});
	const requirement = (name: string) => {
		const path = join(wheels, `${name}-1.0-py3-none-any.whl`);
		const hash = execFileSync(python, ['-c', wheelScript, name, path], {encoding: 'utf8'}).trim();
		return `${name}==1.0 --hash=sha256:${hash}`;
	};
	const write = (file: string, line: string) =>
		writeFile(join(directory, file), `--no-index\n--find-links ${wheels}\n${line}\n`);
	await write('requirements.txt', requirement('tiny'));
	await write('requirements-triton.txt', requirement('tinytriton'));
	await write('requirements-cuda.txt', requirement('tinytorch'));
	await write('requirements-cpu.txt', `tinytorch==1.0+cpu --hash=sha256:${'0'.repeat(64)}`);
	await write('requirements-dev.txt', requirement('tinytest'));
	return directory;
}
