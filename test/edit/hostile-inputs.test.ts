import test from 'ava';
import {hostileInputs} from '../../bench/hostile/inputs.ts';
import {loadModel} from '../../src/model/loaded-model.ts';
import {scriptedEdit} from '../helpers/scripted-edit.ts';

const directory = process.env.REDRAFT_TEST_MODEL_DIR;
const loading = directory === undefined ? undefined : loadModel('smollm2-135m-instruct', directory);
/** Closes the shortest fence. */
const answer = 'let a = 1;\n}\n\n}\n```';
const tooLarge = (field: string) => new RegExp(`^${field}: expected at most \\d+ bytes, .+, got \\d+$`);
const tooLong = /^original: expected a prompt (within|that leaves)/;

/** What the built-in model's service says to those inputs that it refuses. */
const refusals: Readonly<Record<string, RegExp>> = {
	'original: 3.9 MB of code': tooLarge('original'),
	'original: 7 lines of base64': tooLarge('original'),
	'original: 3.9 MB of carriage returns': tooLarge('original'),
	'update: 3.9 MB of code': tooLarge('update'),
	'instruction: 3.9 MB': tooLarge('instruction'),
	'original: 600 KB of blanks': tooLong,
	'original: one line of 300 KB': tooLong,
	'both: 15,000 equal short lines': tooLong,
	'update: 1,000 markers': tooLong,
	'instruction: 1,500 renames': tooLong,
	'original: a megabyte of backticks':
		/^original: expected runs of at most 255 backticks, got one of 1000000$/,
	'path: 3.9 MB': /^path: expected at most 4096 bytes, got 3900000$/,
	'language: 3.9 MB': /^language: expected a tag of letters, digits and \+-#\._ to 40 characters, got /,
};

test('every refusal is of an input that the bench sends', t => {
	const names = hostileInputs.map(({name}) => name);
	t.true(Object.keys(refusals).every(name => names.includes(name)));
});

for (const {name, request} of hostileInputs) {
	const refusal = refusals[name];
	test.serial(`${name}: ${refusal ? 'refused by its field' : 'answered as without drafts'}`, async t => {
		if (loading === undefined) {
			t.fail(
				'REDRAFT_TEST_MODEL_DIR: expected the directory of the built-in model, got nothing; run npm test',
			);
			return;
		}

		const model = await loading;
		const edit = (speculation: boolean) =>
			scriptedEdit(model, answer, {...request, options: {speculation, maxOutputTokens: 64}});
		if (refusal) {
			await t.throwsAsync(edit(true), {message: refusal});
		} else {
			const [fast, plain] = [await edit(true), await edit(false)];
			t.deepEqual(fast, plain);
			t.true(['fence_closed', 'stop'].includes(fast.finishReason));
		}
	});
}
