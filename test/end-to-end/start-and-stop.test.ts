import {existsSync, readdirSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {repositoryRoot} from '../../src/embedded/machine/paths.ts';
import {emptyHome, eventually, startProgram} from '../helpers/started-program.ts';

const example = path.join(repositoryRoot, 'examples/files/settings.py');
/** Every way to start a Triton that the README tells of. */
const ways: Readonly<Record<string, readonly string[]>> = {
	'npm start': ['npm', 'start'],
	'npm run demo': ['npm', 'run', 'demo'],
	'npx redraft edit': ['npx', 'redraft', 'edit', example, '--instruction', 'Rename load_settings to load.'],
	'npx redraft serve': ['npx', 'redraft', 'serve'],
	'node dist/main.js': ['node', 'dist/main.js'],
};
const signals = ['SIGTERM', 'SIGINT'] as const;
const targets = {'the process': (pid: number) => pid, 'its group': (pid: number) => -pid};

/** A service of its own, on the built-in model. */
function settings(t: ExecutionContext) {
	const {cache, env} = emptyHome(t);
	return {cache, env: {...env, REDRAFT_LISTEN: '127.0.0.1:0', REDRAFT_HTTP_LISTEN: '127.0.0.1:0'}};
}

test.before(t => {
	t.true(existsSync(path.join(repositoryRoot, 'dist/main.js')), 'expected the compiled code: npm run build');
});

for (const [name, command] of Object.entries(ways)) {
	for (const signal of signals) {
		for (const [target, receiver] of Object.entries(targets)) {
			test.serial(`${name}: ${signal} to ${target} ends everything while Triton starts`, async t => {
				const {cache, env} = settings(t);
				const program = startProgram(t, command, env);
				const hasTriton = () =>
					[...program.processes().values()].some(line => line.includes('bin/tritonserver'));
				await eventually(hasTriton);
				process.kill(receiver(program.child.pid!), signal);
				await program.ended;
				// It heard of the signal, and did not come to its end in another way.
				await eventually(() => /stopp(ed|ing)/.test(program.output()));
				await eventually(() => program.processes().size === 0);
				t.deepEqual(readdirSync(path.join(cache, 'run')), []);
			});
		}
	}
}

for (const signal of signals) {
	test.serial(`npm start: ${signal} ends a service that serves, and npm with exit code 0`, async t => {
		const {cache, env} = settings(t);
		const program = startProgram(t, ['npm', 'start'], env);
		await eventually(() => program.output().includes('"listening"'));
		process.kill(program.child.pid!, signal);
		t.is(await program.ended, 0);
		// Its last line may be read after its end is known.
		await eventually(() => program.output().includes('"stopped"'));
		await eventually(() => program.processes().size === 0);
		t.deepEqual(readdirSync(path.join(cache, 'run')), []);
	});
}
