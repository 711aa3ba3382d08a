import {readdirSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {RedraftClient} from '../../src/grpc/client.ts';
import {emptyHome, eventually, startProgram} from '../helpers/started-program.ts';

const request = {original: 'retries = 3\n', instruction: 'Set `retries` to 5.', language: 'python'};

/** Triton's Python backend has `/tmp` in its code, whatever TMPDIR says. */
const temporaryFolders = () => readdirSync('/tmp').filter(name => name.startsWith('python_env_'));

function addressIn(output: string): string {
	const [line = '{}'] = output.split('\n').filter(text => text.includes('"listening"'));
	return JSON.parse(line).address;
}

test.serial(
	'a service writes below its cache only, and leaves nothing of a Triton, killed ones included',
	async t => {
		const {home, cache, temporary, env} = emptyHome(t);
		const before = temporaryFolders();
		const command = [process.execPath, '--import=tsx/esm', 'src/main.ts'];
		const program = startProgram(t, command, {...env, REDRAFT_LISTEN: '127.0.0.1:0', TSX_DISABLE_CACHE: '1'});
		await eventually(() => program.output().includes('"listening"'));
		const client = new RedraftClient(addressIn(program.output()));
		t.teardown(() => client.close());
		await client.edit(request);
		for (const name of ['bin/tritonserver', 'triton_python_backend_stub']) {
			const isKilled = ([, line]: readonly [number, string]) => line.split(' ')[0]!.endsWith(name);
			const numReady = () => program.output().split('"model ready"').length;
			const earlier = numReady();
			process.kill([...program.processes()].find(isKilled)![0], 'SIGKILL');
			await eventually(() => numReady() > earlier);
			await client.edit(request);
		}

		program.child.kill('SIGTERM');
		t.is(await program.ended, 0);
		// The compiler of TypeScript ends when it learns that its service has.
		await eventually(() => program.processes().size === 0);
		const newFolders = temporaryFolders().filter(name => !before.includes(name));
		const regions = readdirSync('/dev/shm').filter(name => name.startsWith(`redraft_${program.child.pid}_`));
		t.deepEqual([...newFolders, ...regions], []);
		t.deepEqual(readdirSync(temporary), []);
		t.deepEqual(readdirSync(home).sort(), ['.cache', 'tmp']);
		t.deepEqual(readdirSync(path.join(home, '.cache')), ['redraft']);
		t.deepEqual(readdirSync(path.join(cache, 'run')), []);
		const kept = readdirSync(cache).filter(name => !name.startsWith('venv-'));
		t.deepEqual(kept.sort(), ['logs', 'models', 'models.lock', 'pass-times', 'run']);
	},
);
