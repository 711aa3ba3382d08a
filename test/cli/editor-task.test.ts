import {readFile} from 'node:fs/promises';
import test, {type ExecutionContext} from 'ava';
import {edited, original, prepare, program, run} from './support.ts';

interface Task {
	readonly label: string;
	readonly command: string;
	readonly args: readonly string[];
}

const example = new URL('../../examples/vscode/tasks.json', import.meta.url);
const {tasks, inputs} = JSON.parse(await readFile(example, 'utf8')) as {
	tasks: Task[];
	inputs: {id: string}[];
};

/** Runs a task of the example as the editor does, with what only the test knows in the place of variables. */
async function runTask(t: ExecutionContext, label: string) {
	const {file, address} = await prepare(t);
	const {command, args} = tasks.find(task => task.label === label)!;
	t.deepEqual([command, args[0]], ['npx', 'redraft']);
	const values = new Map([
		// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the editor's syntax.
		['${file}', file],
		['${input:instruction}', 'Rename b to c.'],
		// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the editor's syntax.
		['127.0.0.1:50051', address],
	]);
	const {code, stdout} = await run([...program, ...args.slice(1).map(arg => values.get(arg) ?? arg)]).ended;
	return {code, stdout, text: await readFile(file, 'utf8')};
}

test('the editor’s task edits the open file', async t => {
	t.deepEqual(await runTask(t, 'Redraft: edit this file'), {code: 0, stdout: '', text: edited});
});

test('the editor’s other task shows the change and leaves the file alone', async t => {
	const {code, stdout, text} = await runTask(t, 'Redraft: show what it would change');
	t.is(code, 0);
	t.regex(stdout, /^\+const c = 2;$/m);
	t.is(text, original);
});

test('the editor asks for the instruction that both tasks take', t => {
	t.deepEqual(
		inputs.map(({id}) => id),
		['instruction'],
	);
});
