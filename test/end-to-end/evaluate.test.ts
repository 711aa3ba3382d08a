import {execFile} from 'node:child_process';
import {mkdtemp, readFile, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test from 'ava';
import {type RealTriton, startRealTriton} from '../helpers/real-triton.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../../bench/evaluate/main.ts', import.meta.url));
const original = 'retries = 3\ntimeout_s = 10\n\n\ndef limit():\n    return retries * timeout_s\n';
const instruction = 'Set `retries` to 5.';
let real: RealTriton;
let folder: string;

test.before(async () => {
	real = await startRealTriton('smollm2-135m-instruct');
	folder = await mkdtemp(path.join(tmpdir(), 'redraft-evaluate-'));
});

test.after.always(async () => real?.stop());

function evaluate(input: string, output: string, ...more: string[]): Promise<{stdout: string}> {
	const env = {
		...process.env,
		TRITON_URLS: real.supervisor.address(),
		REDRAFT_MODEL_DIR: real.supervisor.modelDirectory,
		REDRAFT_LOG_LEVEL: 'error',
	};
	const flags = ['--input', input, '--output', output, '--plain', '1', '--json', ...more];
	return run(process.execPath, ['--import=tsx/esm', script, ...flags], {env});
}

function linesOf(text: string): string[] {
	return text.trimEnd().split('\n');
}

test.serial(
	'an exact answer and a wrong one are told apart, and the last line is one JSON object',
	async t => {
		const {text} = await real.client.edit({original, instruction, language: 'python'});
		const [input, output] = [path.join(folder, 'cases.jsonl'), path.join(folder, 'results.jsonl')];
		const afters = [text, `${text}# more\n`];
		const lines = afters.map(after =>
			JSON.stringify({before: original, instruction, language: 'python', after}),
		);
		await writeFile(input, lines.join('\n'));
		const {stdout} = await evaluate(input, output);
		const summary = JSON.parse(linesOf(stdout).at(-1)!);
		t.like(summary, {cases: 2, exact: 0.5, compared: {cases: 1, identical: true}});
		t.true(summary.compared.speedup > 0 && summary.tokensPerPass > 1);
		const results = linesOf(await readFile(output, 'utf8'));
		t.deepEqual(
			results.map(line => JSON.parse(line).exact),
			[true, false],
		);
	},
);

test.serial(
	'a case that the service refuses costs no other case, and what is done is not done again',
	async t => {
		const [input, output] = [path.join(folder, 'refused.jsonl'), path.join(folder, 'resumed.jsonl')];
		const tooLong = original.repeat(600);
		const cases = [
			{before: original, instruction, language: 'python', after: original},
			{before: tooLong, instruction, language: 'python', after: tooLong},
			{before: original, instruction, language: 'python', after: original},
		];
		await writeFile(input, cases.map(edit => JSON.stringify(edit)).join('\n'));
		await evaluate(input, output);
		const results = linesOf(await readFile(output, 'utf8'));
		t.deepEqual(
			results.map(line => JSON.parse(line).finishReason === 'REFUSED'),
			[false, true, false],
		);
		const marked = JSON.stringify({...JSON.parse(results[0]!), kind: 'kept'});
		await writeFile(output, `${marked}\n${results[1]}\n`);
		const {stdout} = await evaluate(input, output, '--resume');
		const {cases: count, kinds} = JSON.parse(linesOf(stdout).at(-1)!);
		t.is(count, 3);
		t.is(kinds.kept.cases, 1);
	},
);

test.serial('a missing file of cases ends it before a model is started', async t => {
	const error = await t.throwsAsync(
		evaluate(path.join(folder, 'absent.jsonl'), path.join(folder, 'none.jsonl')),
	);
	t.regex(
		(error as Error & {stderr: string}).stderr,
		/^evaluate: --input: expected a file of cases, got .*absent\.jsonl/,
	);
	t.is((error as Error & {code: number}).code, 1);
});
