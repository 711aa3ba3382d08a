import {readdirSync, readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {checkEditRequest} from '../../src/edit/edit-request.ts';
import {buildPrompt} from '../../src/edit/prompt.ts';
import {isRunning} from '../../src/embedded/process/process-table.ts';
import {loadModel} from '../../src/model/loaded-model.ts';
import {
	commandLine,
	type RealTriton,
	runOracle,
	startRealTriton,
	tritonProcess,
	untilReady,
} from '../helpers/real-triton.ts';
import {eventually} from '../helpers/started-program.ts';
import {tinyCheckpoint} from '../helpers/tiny-checkpoint.ts';

const model = 'llama-3-8b-instruct';
const request = {original: 'let a = 1;\nlet b = 2;\n', instruction: 'Add them.', language: 'javascript'};
const maxOutputTokens = 80;

/** Pids of the processes that hold the model's other shards. */
function workersOf({supervisor}: RealTriton): number[] {
	const stub = tritonProcess(supervisor, 'triton_python_backend_stub');
	return readdirSync(`/proc/${stub}/task`)
		.flatMap(thread => childrenOf(stub, thread))
		.map(Number)
		.filter(pid => pid > 0 && commandLine(pid).includes('engine.parallel.worker'));
}

function childrenOf(pid: number, thread: string): string[] {
	try {
		return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ');
	} catch {
		// The thread has ended meanwhile.
		return [];
	}
}

async function transformersAnswer(modelDirectory: string, numTokens: number): Promise<number[]> {
	const {tokenizer, preset} = await loadModel(model, modelDirectory);
	const prompt = buildPrompt(tokenizer, preset, checkEditRequest(request)).tokens;
	const task = {model: modelDirectory, adapter: null, cases: [{prompt, max_new_tokens: numTokens}]};
	const [tokens] = JSON.parse(await runOracle('generate.py', [], JSON.stringify(task))) as number[][];
	return tokens!;
}

async function startParallel(t: ExecutionContext, modelDirectory: string): Promise<RealTriton> {
	const real = await startRealTriton(model, {
		modelDirectory,
		modelEnvironment: {REDRAFT_ADAPTER_DIR: 'none', REDRAFT_TENSOR_PARALLEL: '2', REDRAFT_DTYPE: 'float32'},
	});
	t.teardown(() => real.stop());
	return real;
}

test.serial(
	'two processes of one model write what transformers does, and do so anew when one of them was killed',
	async t => {
		const modelDirectory = await tinyCheckpoint(t, 'llama');
		const real = await startParallel(t, modelDirectory);
		const edit = async () =>
			(await real.client.edit({...request, options: {maxOutputTokens, includeTokenIds: true}})).tokenIds;
		const [worker, ...others] = workersOf(real);
		t.deepEqual(others, []);
		const tokens = await edit();
		t.true(tokens.length > 10, 'a random model that stops at once shows nothing');
		t.deepEqual(tokens, await transformersAnswer(modelDirectory, tokens.length));

		const stub = tritonProcess(real.supervisor, 'triton_python_backend_stub');
		process.kill(worker!, 'SIGKILL');
		await eventually(() => !isRunning(stub));
		await eventually(() => real.supervisor.state === 'starting');
		await eventually(() => real.supervisor.state === 'ready');
		await untilReady(real.service, 1);
		t.deepEqual(await edit(), tokens);
		const [successor] = workersOf(real);
		await real.stop();
		t.false(isRunning(successor!));
	},
);
