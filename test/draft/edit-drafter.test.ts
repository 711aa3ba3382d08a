import test from 'ava';
import fc from 'fast-check';
import {createDrafter} from '../../src/draft/create-drafter.ts';
import {closing, runScene} from './scripted-loop.ts';
import {WordVocabulary} from './word-vocabulary.ts';

/** Lines that share their structure but not their names, as code does. */
function lines(from: number, to: number): string {
	return Array.from({length: to - from}, (_, index) => {
		const number = from + index;
		return `const name${number} = load${number}(source${number}, ${number * 7});`;
	}).join('\n');
}

test('an unchanged file of n tokens takes ⌈(n + 1) / (K + 1)⌉ passes', async t => {
	const original = lines(0, 20);
	for (const maxTokens of [1, 7, 64, 500]) {
		const run = await runScene({original, target: original, maxTokens});
		const numTokens = run.vocabulary.encode(original + closing).length;
		t.is(run.numPasses, Math.ceil((numTokens + 1) / (maxTokens + 1)));
	}
});

test('the loop returns exactly the target, whatever original, update and limits are', async t => {
	const text = fc
		.array(fc.constantFrom('a', 'b', ' c', '(', ')', '\n', '\n\t', 'x.y', '// ...', '```', ' '), {
			maxLength: 60,
		})
		.map(parts => parts.join(''));
	await fc.assert(
		fc.asyncProperty(
			text,
			text,
			fc.option(text, {nil: undefined}),
			fc.integer({min: 1, max: 20}),
			fc.integer({min: 1, max: 4}),
			async (original, target, update, maxTokens, maxCandidates) => {
				const scene = {original, target, maxTokens, maxCandidates, ...(update === undefined ? {} : {update})};
				const run = await runScene(scene);
				for (const drafts of run.drafts) {
					if (drafts.length > maxCandidates) {
						return false;
					}
					if (drafts.some(draft => draft.tokens.length > maxTokens || draft.tokens.length === 0)) {
						return false;
					}
					if (new Set(drafts.map(draft => draft.tokens[0])).size < drafts.length) {
						return false;
					}
				}
				return run.output === `${target}${closing}<end>`;
			},
		),
		{numRuns: 300},
	);
	t.pass();
});

test('acceptance is a probability and never rises; sources and acceptance are as long as the draft', async t => {
	const original = lines(0, 30);
	const target = `${lines(0, 8)}\nconst other = 1;\n${lines(10, 30)}`;
	const run = await runScene({original, target, maxCandidates: 3});
	for (const draft of run.drafts.flat()) {
		t.is(draft.acceptance.length, draft.tokens.length);
		t.is(draft.sources.length, draft.tokens.length);
		t.true(
			draft.acceptance.every((value, index) => value >= 0 && value <= (draft.acceptance[index - 1] ?? 1)),
		);
	}
});

test('no draft has an id that neither prompt, file nor vocabulary gave', async t => {
	const run = await runScene({original: lines(0, 10), target: lines(2, 14), maxCandidates: 4});
	for (const draft of run.drafts.flat()) {
		t.true(draft.tokens.every(token => Number.isInteger(token) && token >= 0 && token < run.vocabulary.size));
	}
});

test('a draft ends with the end token, and nothing is drafted behind it', async t => {
	const run = await runScene({original: 'one two', target: 'one two', maxTokens: 500});
	t.is(run.numPasses, 1);
	t.is(run.passes[0]!.draft, `one two${closing}<end>`);
});

test('an end token in the prompt, as chat templates write it, ends a draft that copies it', async t => {
	const vocabulary = new WordVocabulary();
	const [a, b, c, d] = vocabulary.encode(' a b c d') as [number, number, number, number];
	const prompt = [a, b, c, 0, d, d, d];
	const drafter = await createDrafter({original: 'one two', prompt, closing, endToken: 0, vocabulary});
	drafter.draft(16, 1);
	drafter.commit({tokens: [a, b], leftover: []});
	t.deepEqual(drafter.draft(16, 1)[0]!.tokens, [c, 0]);
});

test('a draft copied from the prompt’s original ends as the file ends, not as the prompt goes on', async t => {
	const target = `${lines(0, 3)}\n${lines(900, 902)}`;
	const run = await runScene({
		original: lines(0, 902),
		target,
		maxTokens: 40,
		instruction: 'Unrelated words',
	});
	t.true(run.numPasses <= 6, `${run.numPasses} passes`);
	t.false(run.passes.some(pass => pass.draft.includes('Unrelated')));
});

test('drafting goes on behind a deletion', async t => {
	const run = await runScene({
		original: lines(0, 60),
		target: `${lines(0, 10)}\n${lines(40, 60)}`,
		maxTokens: 400,
	});
	t.true(run.numPasses <= 4, `${run.numPasses} passes`);
});

test('drafting goes on behind an insertion of lines that stand nowhere', async t => {
	const inserted = 'await prepare(everything).then(finish);';
	const target = `${lines(0, 10)}\n${inserted}\n${lines(10, 40)}`;
	const run = await runScene({original: lines(0, 40), target, maxTokens: 400});
	const numInserted = run.vocabulary.encode(`${inserted}\n`).length;
	t.true(run.numPasses <= numInserted + 4, `${run.numPasses} passes for ${numInserted} tokens`);
});

test('drafting goes on behind a replaced argument, at once', async t => {
	const original = lines(0, 40);
	const target = original.replace('load12(source12, 84)', 'load12(mirror)');
	const run = await runScene({original, target, maxTokens: 400});
	t.true(run.numPasses <= 5, `${run.numPasses} passes`);
});

test('a moved block is drafted in its new place', async t => {
	const target = [lines(0, 10), lines(30, 40), lines(10, 30), lines(40, 50)].join('\n');
	const run = await runScene({original: lines(0, 50), target, maxTokens: 400});
	t.true(run.numPasses <= 12, `${run.numPasses} passes`);
});

test('a common token alone does not bring the draft to a wrong place', async t => {
	const original = Array.from({length: 40}, (_, index) => `step${index};`).join('\n');
	const target = original.replace('step20;', 'step20;\nfresh;');
	const run = await runScene({original, target, maxTokens: 200});
	t.true(run.numPasses <= 5, `${run.numPasses} passes`);
});

test('repeated blocks do not send the draft back or ahead', async t => {
	const block = (name: string) => `test('${name}', () => {\n\tconst app = start();\n\tcheck(app);\n});`;
	const names = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];
	const original = names.map(block).join('\n\n');
	const target = names
		.map(name => block(name).replace('check(app)', name === 'third' ? 'refuse(app)' : 'check(app)'))
		.join('\n\n');
	const run = await runScene({original, target, maxTokens: 300});
	t.true(run.numPasses <= 5, `${run.numPasses} passes`);
});

test('text that the model writes in other tokens is no edit: the draft goes on at the seam', async t => {
	const original = lines(0, 30);
	const run = await runScene({
		original,
		target: original,
		maxTokens: 400,
		targetTokens(vocabulary) {
			const [before, behind] = original.split('load9(source9,') as [string, string];
			const seam = [vocabulary.idOf('lo'), vocabulary.idOf('ad9('), vocabulary.idOf('source9')];
			return [
				...vocabulary.encode(before),
				vocabulary.idOf(' '),
				...seam,
				...vocabulary.encode(`,${behind}${closing}`),
				0,
			];
		},
	});
	t.true(run.numPasses <= 6, `${run.numPasses} passes`);
});

test('where the model’s tokens end inside of a token of the file, the rest of the line is encoded anew', async t => {
	const vocabulary = new WordVocabulary();
	const original = lines(0, 4);
	const drafter = await createDrafter({
		original,
		prompt: vocabulary.encode(original),
		closing,
		endToken: 0,
		vocabulary,
	});
	drafter.draft(16, 1);
	const written = ['con', 'st na'].map(text => vocabulary.idOf(text));
	drafter.commit({tokens: written, leftover: []});
	const rest = vocabulary.decode(drafter.draft(200, 1)[0]!.tokens);
	t.is(rest, `${original.slice('const na'.length)}${closing}<end>`);
});

test('the model’s argmaxes behind a rejected token are offered where nothing better is known', async t => {
	const vocabulary = new WordVocabulary();
	const [x, y] = [vocabulary.idOf('x'), vocabulary.idOf('y')];
	const drafter = await createDrafter({original: 'a b', prompt: [x], closing, endToken: 0, vocabulary});
	drafter.draft(8, 1);
	drafter.commit({tokens: [vocabulary.idOf('z')], leftover: [y]});
	t.true(drafter.draft(8, 8).some(draft => draft.tokens[0] === y));
});

test('a pass over a file of 20,000 tokens encodes no more than the lines that it drafts', async t => {
	const calls = Array.from(
		{length: 2000},
		(_, index) => `const name${index} = load(source${index}, ${index});`,
	);
	const original = calls.join('\n');
	const run = await runScene({original, target: original.replaceAll('load', 'fetch'), maxTokens: 128});
	// Prompt and target are encoded once each, the prediction is taken from the prompt.
	const perPass = (run.vocabulary.numEncoded - 2 * original.length) / run.numPasses;
	t.true(run.vocabulary.encode(original).length > 20_000);
	t.true(perPass < 128 * 16, `${perPass} characters per pass`);
	t.true(run.numPasses < 200, `${run.numPasses} passes`);
});

test('after a mismatch the places kept stay few, however often a token occurs', async t => {
	const original = Array.from({length: 5000}, () => 'x = x;').join('\n');
	const run = await runScene({original, target: `y;${original}`.slice(0, 2000), maxTokens: 16});
	t.true(run.vocabulary.numEncoded < 4 * original.length);
	t.is(run.output, `${`y;${original}`.slice(0, 2000)}${closing}<end>`);
});
