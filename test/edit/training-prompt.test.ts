import path from 'node:path';
import test from 'ava';
import {checkEditRequest} from '../../src/edit/edit-request.ts';
import {buildPrompt} from '../../src/edit/prompt.ts';
import {suggestAnswer} from '../../src/edit/suggest-answer.ts';
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
	const suggestions = await Promise.all(
		requests.map(({original, update}) => suggestAnswer(original, update)),
	);
	t.true(suggestions.some(suggestion => suggestion !== undefined));
	const edits = requests.map(({original, instruction, update = null, language, path: file = ''}, i) => {
		return {original, instruction, update, language, path: file, suggestion: suggestions[i] ?? null};
	});
	const task = JSON.stringify({tokenizer: path.join(modelDirectory, 'tokenizer.json'), edits});
	const theirs = JSON.parse(await runOracle('print_training_prompts.py', [], task)) as {
		prompt: number[];
		unchanged: number[];
	}[];
	for (const [i, request] of requests.entries()) {
		const prompt = buildPrompt(tokenizer, preset, {...request, suggestion: suggestions[i]});
		t.deepEqual(prompt.tokens, theirs[i]!.prompt);
		t.deepEqual([...tokenizer.encode(prompt.original + prompt.closing), endToken], theirs[i]!.unchanged);
	}
});
