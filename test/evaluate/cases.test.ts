import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {readCases} from '../../bench/evaluate/cases.ts';

function fileOf(...lines: string[]): string {
	const file = path.join(mkdtempSync(path.join(tmpdir(), 'redraft-cases-')), 'cases.jsonl');
	writeFileSync(file, lines.join('\n'));
	return file;
}

const good = JSON.stringify({before: 'a\n', instruction: 'x', language: 'python', after: 'b\n'});

test('a case with the five fields alone is read, blank lines are not cases', t => {
	const [read, ...others] = readCases(fileOf(good, '', ''));
	t.like(read, {
		before: 'a\n',
		instruction: 'x',
		update: undefined,
		language: 'python',
		after: 'b\n',
		set: 'all',
	});
	t.deepEqual(others, []);
});

test('a line that is not JSON is named', t => {
	t.throws(() => readCases(fileOf(good, '{"before"')), {message: /cases\.jsonl:2: expected a JSON object/});
});

test('a missing or wrong field is named with its line', t => {
	t.throws(() => readCases(fileOf('{"before": "a"}')), {message: /cases\.jsonl:1: after: /});
	t.throws(() => readCases(fileOf('{"before": "a", "after": 3}')), {
		message: /cases\.jsonl:1: after: .*string/,
	});
	t.throws(() => readCases(fileOf('{"before": "", "after": ""}')), {message: /:1: before: /});
});
