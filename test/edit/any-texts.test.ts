import test from 'ava';
import fc from 'fast-check';
import {InvalidRequestError} from '../../src/edit/invalid-request-error.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {scriptedEdit} from '../helpers/scripted-edit.ts';

/** Long runs of each class of characters, and of what has a meaning for some part of the service. */
const units = [
	...[
		' ',
		'\t',
		'\n',
		'\r',
		'\r\n',
		'\0',
		'`',
		'~',
		'a',
		'7',
		'_',
		'$',
		'{',
		'(',
		')',
		'.',
		',',
		';',
		'"',
		"'",
		'/',
		'\\',
	],
	...[
		'*',
		'#',
		'-',
		'<',
		'漢',
		'é',
		'\u0301',
		'🧪',
		'\u00A0',
		'\u2028',
		'\uFEFF',
		'ab ',
		'// ',
		'/* */',
		'<!-- -->',
	],
	...[
		'{# #}',
		'// ... existing code ...\n',
		'...\n',
		'```\n',
		'<|im_end|>',
		'rename a to b. ',
		'x = 1\n',
		'}\n',
	],
];
const run = fc
	.tuple(fc.constantFrom(...units), fc.oneof(fc.nat(3), fc.nat(400), fc.constant(1200)))
	.map(([unit, count]) => unit.repeat(Math.ceil(count / unit.length)));
const text = fc.array(run, {maxLength: 4}).map(runs => runs.join(''));

test('whatever runs the texts hold, drafts change nothing, or the request is refused by the name of a field', async t => {
	const model = await byteModel(t);
	let numEdits = 0;
	await fc.assert(
		fc.asyncProperty(text, text, text, text, async (original, instruction, update, answer) => {
			const request = {original, instruction, update};
			const edit = (speculation: boolean) =>
				scriptedEdit(model, answer, {...request, options: {speculation, maxOutputTokens: 300}});
			try {
				const [fast, plain] = [await edit(true), await edit(false)];
				t.is(JSON.stringify(fast), JSON.stringify(plain));
				numEdits += 1;
			} catch (error) {
				t.true(error instanceof InvalidRequestError, String(error));
				t.regex((error as Error).message, /^(original|instruction|update): expected .+, got .+$/);
			}
		}),
		{numRuns: 150},
	);
	t.true(numEdits > 30);
});

const ending = fc.constantFrom('\n', '\r\n', '\r');
const word = fc.constantFrom('', 'a', 'b = 1;', '}', '🧪 é');
const lines = fc.array(fc.tuple(word, ending), {minLength: 1, maxLength: 8});

test('a file whose lines end alike comes back so, with its byte order mark, whatever update and model write', async t => {
	const model = await byteModel(t);
	await fc.assert(
		fc.asyncProperty(
			ending,
			fc.constantFrom('\uFEFF', ''),
			fc.array(word, {minLength: 2, maxLength: 8}),
			lines,
			lines,
			async (own, mark, words, written, snippet) => {
				const original = `${mark}first${own}${words.join(own)}${own}`;
				const answer = written.flat().join('');
				const request = {original, instruction: 'Test.', update: `\uFEFF${snippet.flat().join('')}`};
				const edit = (speculation: boolean) =>
					scriptedEdit(model, `x${answer}\n\`\`\``, {...request, options: {speculation}});
				const [fast, plain] = [await edit(true), await edit(false)];
				t.deepEqual(fast, plain);
				t.is(fast.text, `${mark}x${answer}\n`.replace(/\r\n?|\n/g, own));
				t.is(fast.finishReason, 'fence_closed');
			},
		),
		{numRuns: 60},
	);
});

test('under any limit the text is the start of the whole one and holds whole characters', async t => {
	const model = await byteModel(t);
	await fc.assert(
		fc.asyncProperty(lines, lines, fc.integer({min: 1, max: 60}), async (file, written, maxOutputTokens) => {
			const original = `one\r\n${file.flat().join('')}`;
			const answer = `🧪${written.flat().join('')}\n\`\`\``;
			const whole = await scriptedEdit(model, answer, {original, instruction: 'Test.'});
			const limited = await scriptedEdit(model, answer, {
				original,
				instruction: 'Test.',
				options: {maxOutputTokens},
			});
			t.true(whole.text.startsWith(limited.text), JSON.stringify([whole.text, limited.text]));
			t.false(limited.text.includes('\uFFFD'));
		}),
		{numRuns: 150},
	);
});
