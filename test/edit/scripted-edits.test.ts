import test from 'ava';
import fc from 'fast-check';
import {createDrafter} from '../../src/draft/create-drafter.ts';
import {FixedLengthPolicy} from '../../src/speculation/draft-length-policy.ts';
import {speculativeEdit} from '../../src/speculation/speculative-editor.ts';
import {ScriptedVerifier, scriptedModel} from '../helpers/scripted-verifier.ts';

/** A vocabulary of one token per character: enough for a drafter to look at text. */
const vocabulary = {
	encode: (text: string) => [...text].map(character => character.codePointAt(0)!),
	decode: (tokens: readonly number[]) => String.fromCodePoint(...tokens),
};
const end = 0x10_ff_ff;
const closing = '\n```';
const prompt = vocabulary.encode('Edit this.\n```\n');

async function editWith(original: string, target: string, maxDraftTokens: number, update?: string) {
	const answer = [...vocabulary.encode(target + closing), end];
	const verifier = new ScriptedVerifier(scriptedModel(prompt, answer));
	const drafter = await createDrafter({original, update, prompt, closing, endToken: end, vocabulary});
	const passes = [];
	const options = {
		prompt,
		drafter,
		policy: new FixedLengthPolicy(maxDraftTokens),
		stop: {ends: (token: number) => token === end},
		maxOutputTokens: 100_000,
		maxDraftTokens,
		maxBranches: 1,
		moves: {maxMoves: 3, maxWaitMs: 0},
		signal: new AbortController().signal,
	};
	for await (const pass of speculativeEdit(verifier.open(), options)) {
		passes.push(pass);
	}

	return {tokens: passes.flatMap(pass => [...pass.tokens]), passes: passes.length, expected: answer};
}

const line = fc.constantFrom('', 'a = 1', '  b(c)', '}', 'return x;', 'foo(bar, baz)', '# note');
const file = fc.array(line, {maxLength: 30}).map(lines => lines.join('\n'));

test('for any original, target, update and draft length the output is exactly the target', async t => {
	const update = fc.option(
		file.map(text => `# ... existing code ...\n${text}`),
		{nil: undefined},
	);
	await fc.assert(
		fc.asyncProperty(
			file,
			file,
			fc.integer({min: 1, max: 70}),
			update,
			async (original, target, maxDraftTokens, snippet) => {
				const {tokens, expected} = await editWith(original, target, maxDraftTokens, snippet);
				return JSON.stringify(tokens) === JSON.stringify(expected);
			},
		),
		{numRuns: 200},
	);
	t.pass();
});

test('an unchanged file of n tokens takes ⌈(n + 1) / (K + 1)⌉ passes', async t => {
	await fc.assert(
		fc.asyncProperty(file, fc.integer({min: 1, max: 70}), async (original, maxDraftTokens) => {
			const {passes, expected} = await editWith(original, original, maxDraftTokens);
			return passes === Math.ceil(expected.length / (maxDraftTokens + 1));
		}),
	);
	t.pass();
});
