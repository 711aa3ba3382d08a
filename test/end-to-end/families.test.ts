import test from 'ava';
import {checkEditRequest} from '../../src/edit/edit-request.ts';
import {buildPrompt} from '../../src/edit/prompt.ts';
import {loadModel} from '../../src/model/loaded-model.ts';
import {runOracle, startRealTriton, untilFreed} from '../helpers/real-triton.ts';
import {tinyCheckpoint} from '../helpers/tiny-checkpoint.ts';

const request = {original: 'let a = 1;\nlet b = 2;\n', instruction: 'Add them.', language: 'javascript'};
const maxOutputTokens = 80;

const sameTokens = test.macro({
	async exec(t, family: 'gpt2' | 'llama' | 'qwen2', preset: string) {
		const modelDirectory = await tinyCheckpoint(t, family);
		const real = await startRealTriton(preset, {
			modelDirectory,
			modelEnvironment: {REDRAFT_ADAPTER_DIR: 'none'},
		});
		t.teardown(() => real.stop());
		const run = async (speculation: boolean) =>
			real.client.edit({...request, options: {maxOutputTokens, includeTokenIds: true, speculation}});
		const fast = await run(true);
		const plain = await run(false);
		t.deepEqual(fast.tokenIds, plain.tokenIds);
		t.true(fast.tokenIds.length > 10, 'a random model that stops at once shows nothing');

		const {tokenizer, preset: loadedPreset} = await loadModel(preset, modelDirectory);
		const prompt = buildPrompt(tokenizer, loadedPreset, checkEditRequest(request)).tokens;
		const task = {
			model: modelDirectory,
			adapter: null,
			cases: [{prompt, max_new_tokens: plain.tokenIds.length}],
		};
		const [witness] = JSON.parse(await runOracle('generate.py', [], JSON.stringify(task))) as number[][];
		t.deepEqual(plain.tokenIds, witness);
		await untilFreed(t, real);
	},
	title: (_, family) =>
		`a ${family} checkpoint writes the same with and without speculation, and as transformers does`,
});

test.serial(sameTokens, 'gpt2', 'gpt2');
test.serial(sameTokens, 'llama', 'llama-3-8b-instruct');
test.serial(sameTokens, 'qwen2', 'qwen2.5-coder');
