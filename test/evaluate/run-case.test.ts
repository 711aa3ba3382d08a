import test from 'ava';
import type {Case} from '../../bench/evaluate/cases.ts';
import {ParseCheck} from '../../bench/evaluate/parse-check.ts';
import {runCase} from '../../bench/evaluate/run-case.ts';
import {lengthClass, summarize, summarizeBy} from '../../bench/evaluate/summary.ts';
import type {RedraftClient} from '../../src/client.ts';
import type {ApplyEditRequest} from '../../src/edit-request.ts';

const check = await ParseCheck.create();
const signal = new AbortController().signal;
const edit: Case = {
	set: 'one',
	kind: 'literal',
	before: 'a = 1\nb = 2\n',
	instruction: 'Set b to 3.',
	update: null,
	language: 'python',
	after: 'a = 1\nb = 3\n',
};

/** A service that answers with one text, and with other tokens when it decodes plainly. */
function clientOf(text: string, plainTokenIds = [1, 2]): RedraftClient {
	const answer = async ({options}: ApplyEditRequest) => ({
		started: {editId: 'e', model: 'm', promptTokens: 9},
		text,
		tokenIds: options!.speculation ? [1, 2] : plainTokenIds,
		summary: {
			outputTokens: 12,
			verifyPasses: options!.speculation ? 3 : 12,
			finishReason: 'FINISH_REASON_STOP',
		},
	});
	return {edit: answer} as unknown as RedraftClient;
}

test('an answer that differs in white space alone is not exact', async t => {
	const result = await runCase(edit, clientOf('a = 1\nb = 3'), check, {plain: false, signal});
	t.false(result.exact);
	t.true(result.similarity > 0.9);
	t.is(result.plain, null);
});

test('an answer that does not parse is counted, but not against a right answer that does not parse either', async t => {
	const broken = await runCase(edit, clientOf('a = (1\nb = 3\n'), check, {plain: false, signal});
	t.false(broken.parses);
	const excerpt = {...edit, after: 'a = (1\nb = 3\n'};
	t.is((await runCase(excerpt, clientOf('a = (1\nb = 3\n'), check, {plain: false, signal})).parses, null);
});

test('a plain run with other tokens is not called identical', async t => {
	const same = await runCase(edit, clientOf(edit.after), check, {plain: true, signal});
	t.true(same.plain!.identical);
	const other = await runCase(edit, clientOf(edit.after, [1, 3]), check, {plain: true, signal});
	t.false(other.plain!.identical);
	t.false(summarize([same, other]).compared!.identical);
});

test('shares and rates are those of the cases of a group', async t => {
	const right = {
		...(await runCase(edit, clientOf(edit.after), check, {plain: false, signal})),
		elapsedMs: 500,
	};
	const wrong = {...right, exact: false, set: 'two', outputTokens: 6, passes: 1, lines: 16};
	const {one, two} = summarizeBy([right, wrong], ({set}) => set);
	t.like(one, {cases: 1, exact: 1, tokensPerPass: 4, tokensPerSecond: 24, compared: null});
	t.like(two, {cases: 1, exact: 0, tokensPerPass: 6, tokensPerSecond: 12});
	t.like(summarize([right, wrong]), {exact: 0.5, tokensPerPass: 4.5, tokensPerSecond: 18, parses: 1});
	t.deepEqual([right, wrong].map(lengthClass), ['to 15 lines', 'to 30 lines']);
});
