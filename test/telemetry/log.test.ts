import {type StdioOptions, spawn} from 'node:child_process';
import {once} from 'node:events';
import {openSync} from 'node:fs';
import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import test from 'ava';

function start(argument: string, stderr: 'pipe' | number = 'pipe', program = 'log-writer.ts') {
	const stdio: StdioOptions = ['ignore', 'pipe', stderr];
	const file = fileURLToPath(new URL(program, import.meta.url));
	return spawn(process.execPath, ['--import=tsx/esm', file, argument], {stdio});
}

/** Lines that a part wrote, and how it ended. */
async function run(part: string): Promise<{lines: Record<string, unknown>[]; code: number | null}> {
	const child = start(part);
	const [written, [code]] = await Promise.all([text(child.stderr!), once(child, 'close')]);
	return {
		lines: written
			.split('\n')
			.filter(line => line !== '')
			.map(line => JSON.parse(line) as Record<string, unknown>),
		code: code as number | null,
	};
}

test('a line is JSON with time, level and event, from the level on and not before one is set', async t => {
	const {lines, code} = await run('levels');
	t.is(code, 0);
	t.deepEqual(
		lines.map(({level, event, count}) => ({level, event, count})),
		[
			{level: 'warning', event: 'on the level', count: 2},
			{level: 'error', event: 'above the level', count: undefined},
		],
	);
	t.true(lines.every(({time}) => new Date(String(time)).toISOString() === time));
	t.regex(String(lines[1]!.error), /^Error: told\n {4}at /);
});

test('a line from inside an edit has its ids, one from outside has none', async t => {
	const {lines} = await run('scope');
	t.deepEqual(
		lines.map(({event, editId, traceId}) => ({event, editId, traceId})),
		[
			{event: 'outside', editId: undefined, traceId: undefined},
			{event: 'inside', editId: 'e1', traceId: 't1'},
			{event: 'at the end', editId: 'e1', traceId: 't1'},
		],
	);
});

test('the stack of a failure that may quote a caller names its kind and place, and quotes nothing', async t => {
	const {lines} = await run('quoting');
	t.regex(String(lines[0]!.stack), /^SyntaxError\n {4}at .*JSON\.parse/);
	t.false(JSON.stringify(lines).includes('secret'));
});

test('the last line before the end of the process is written', async t => {
	const {lines, code} = await run('exit');
	t.is(code, 3);
	t.is(lines.at(-1)?.event, 'last line');
});

test('a process whose log pipe is closed goes on to its end', async t => {
	const child = start('many');
	await once(child.stderr!, 'data');
	child.stderr!.destroy();
	const [said, [code]] = await Promise.all([text(child.stdout!), once(child, 'close')]);
	t.is(said, 'alive\n');
	t.is(code, 0);
});

test('a process whose log disk is full goes on to its end', async t => {
	const child = start('many', openSync('/dev/full', 'w'));
	const [said, [code]] = await Promise.all([text(child.stdout!), once(child, 'close')]);
	t.is(said, 'alive\n');
	t.is(code, 0);
});

test('a process whose log is not read goes on, and drops what does not fit', async t => {
	const child = start('flood');
	const [said] = (await once(child.stdout!, 'data')) as [Buffer];
	t.is(said.toString(), 'alive\n');
	const [written, [code]] = await Promise.all([text(child.stderr!), once(child, 'close')]);
	t.is(code, 0);
	t.true(written.length > 1 << 19 && written.length <= 1 << 20, `${written.length} bytes were kept`);
});

test('edits are logged with their id however they end, and nothing that a caller sent', async t => {
	const canary = 'correct_horse_battery';
	const child = start(canary, 'pipe', 'edit-logger.ts');
	const [said, written] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
	t.is(said, 'OK INVALID_ARGUMENT INVALID_ARGUMENT INTERNAL');
	const lines = written
		.trim()
		.split('\n')
		.map(line => JSON.parse(line) as Record<string, unknown>);
	const edits = lines.filter(({event}) => String(event).startsWith('edit '));
	t.deepEqual(
		edits.map(({event}) => event),
		['edit finished', 'edit failed'],
	);
	t.true(edits.every(({editId}) => /^[0-9a-f-]{36}$/.test(String(editId))));
	t.regex(String(edits[1]!.stack), /^TypeError\n {4}at /);
	t.false(written.includes(canary));
});
