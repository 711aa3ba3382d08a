import path from 'node:path';
import test from 'ava';
import {checkEditRequest} from '../../src/edit/edit-request.ts';
import {buildPrompt} from '../../src/edit/prompt.ts';
import {loadModel} from '../../src/model/loaded-model.ts';
import {editCases} from '../helpers/edit-cases.ts';
import {runOracle} from '../helpers/real-triton.ts';

const modelDirectory = process.env.REDRAFT_TEST_MODEL_DIR;

test('the service asks in the very tokens that the adapter was trained on', async t => {
	if (modelDirectory === undefined) {
		t.fail('REDRAFT_TEST_MODEL_DIR: expected the directory of the built-in model, got nothing; run npm test');
		return;
	}

	const {tokenizer, preset, endToken} = await loadModel('smollm2-135m-instruct', modelDirectory);
	const requests = editCases().map(({request}) => checkEditRequest(request));
	const edits = requests.map(({original, instruction, update = null, language, path: file = ''}) => {
		return {original, instruction, update, language, path: file};
	});
	const task = JSON.stringify({tokenizer: path.join(modelDirectory, 'tokenizer.json'), edits});
	const theirs = JSON.parse(runOracle('print_training_prompts.py', [], task)) as {
		prompt: number[];
		unchanged: number[];
	}[];
	for (const [i, request] of requests.entries()) {
		const prompt = buildPrompt(tokenizer, preset, request);
		t.deepEqual(prompt.tokens, theirs[i]!.prompt);
		t.deepEqual([...tokenizer.encode(prompt.original + prompt.closing), endToken], theirs[i]!.unchanged);
	}
});
