import {writeFile} from 'node:fs/promises';
import test, {type ExecutionContext} from 'ava';
import {until} from '../helpers/start-server.ts';
import {prepare, program, run} from './support.ts';

const long = Array.from({length: 40}, (_, index) => `line ${index}\n`).join('');
const answer = long.replace('line 1\n', 'new 1\n').replace('line 38\n', 'new 38\n');
const firstHunk = /^@@ -1,5 \+1,5 @@$.*^ line 4$/ms;

/** What escape sequences do not show. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out.
const plain = (text: string) => text.replaceAll(/\u001b\[\d+m|\r/g, '');

/** What Node takes for a terminal with colours, whatever surrounds this test. */
const colorful = {
	TERM: 'xterm-256color',
	CI: undefined,
	FORCE_COLOR: undefined,
	NODE_DISABLE_COLORS: undefined,
};

/** Runs `redraft edit --diff` at a terminal of its own; its model waits, after some passes, for what a test wants. */
async function runAtTerminal(
	t: ExecutionContext,
	env: NodeJS.ProcessEnv,
	mayEnd: (stdout: string) => boolean,
) {
	let stdout = '';
	let numPasses = 0;
	const onPass = async () => {
		numPasses += 1;
		if (numPasses > 8) {
			await until(() => mayEnd(stdout));
		}
	};
	const {file, address} = await prepare(t, {answer: `${answer}\`\`\``, onPass});
	await writeFile(file, long);
	const command = [...program, 'edit', file, '-i', 'Edit it.', '--server', address, '--diff'];
	const quoted = command.map(word => `'${word}'`).join(' ');
	const {child, ended} = run(['script', '--quiet', '--return', '--command', quoted, '/dev/null'], env);
	child.stdout.on('data', data => {
		stdout += data;
	});
	return {...(await ended), numPasses};
}

test('on a terminal each hunk is printed while the rest is written', async t => {
	const {code, stdout, numPasses} = await runAtTerminal(t, {NO_COLOR: '1'}, seen =>
		firstHunk.test(plain(seen)),
	);
	t.is(code, 0, stdout);
	t.true(numPasses > 8);
	t.is(plain(stdout).match(/^@@/gm)?.length, 2);
	t.false(stdout.includes('\u001b[3'));
});

test('a terminal gets colours, with NO_COLOR and in a pipe there are none', async t => {
	const {stdout} = await runAtTerminal(t, {...colorful, NO_COLOR: undefined}, () => true);
	t.true(stdout.includes('\u001b[32m+new 1\u001b[39m'));
	t.true(stdout.includes('\u001b[31m-line 1\u001b[39m'));
	const {file, address} = await prepare(t, {answer: `${answer}\`\`\``});
	await writeFile(file, long);
	const piped = await run([...program, 'edit', file, '-i', 'Edit it.', '--server', address, '--diff']).ended;
	t.regex(piped.stdout, firstHunk);
	t.false(piped.stdout.includes('\u001b'));
});
