import test from 'ava';
import type {Case} from '../../bench/evaluate/cases.ts';
import {ParseCheck} from '../../bench/evaluate/parse-check.ts';
import {runCase} from '../../bench/evaluate/run-case.ts';
import {lengthClass, summarize, summarizeBy} from '../../bench/evaluate/summary.ts';
import type {ApplyEditRequest, RedraftClient} from '../../src/grpc/client.ts';

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

/** A service that answers with one text in three pieces, and with other tokens when it decodes plainly. */
function clientOf(text: string, plainTokenIds = [1, 2, 3]): RedraftClient {
	async function* stream({options}: ApplyEditRequest) {
		yield {event: 'started', started: {promptTokens: 9}};
		const tokenIds = options!.speculation ? [1, 2, 3] : plainTokenIds;
		const size = Math.ceil(text.length / tokenIds.length);
		for (const [i, token] of tokenIds.entries()) {
			yield {event: 'delta', delta: {text: text.slice(i * size, (i + 1) * size), tokenIds: [token]}};
		}

		yield {event: 'summary', summary: {verifyPasses: 2, finishReason: 'FINISH_REASON_STOP'}};
	}

	return {stream} as unknown as RedraftClient;
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
	const other = await runCase(edit, clientOf(edit.after, [1, 3, 3]), check, {plain: true, signal});
	t.false(other.plain!.identical);
	t.false(summarize([same, other]).compared!.identical);
});

test('an answer that runs away is stopped, and compared as far as both runs went', async t => {
	const long = 'b = 2\n'.repeat(200);
	const run = (plainTokenIds: number[]) =>
		runCase(edit, clientOf(long, plainTokenIds), check, {plain: true, signal});
	const result = await run([1, 2, 3, 4]);
	t.like(result, {finishReason: 'RAN_AWAY', outputTokens: 1, passes: 1, exact: false});
	t.true(result.text.length < long.length);
	t.true(result.plain!.identical);
	t.false((await run([7, 2, 3, 4])).plain!.identical);
});

/** A service whose calls end with a gRPC status. */
function refusingClient(code: number): RedraftClient {
	// biome-ignore lint/correctness/useYield: it ends before its first message
	async function* stream() {
		throw Object.assign(new Error('3 INVALID_ARGUMENT: original: too long'), {code, details: 'too long'});
	}

	return {stream} as unknown as RedraftClient;
}

test('a case that the service refuses is a wrong answer, one that fails otherwise is none', async t => {
	const refused = await runCase(edit, refusingClient(3), check, {plain: true, signal});
	t.like(refused, {finishReason: 'REFUSED', exact: false, similarity: 0, outputTokens: 0, plain: null});
	await t.throwsAsync(runCase(edit, refusingClient(14), check, {plain: true, signal}));
});

test('shares and rates are those of the cases of a group', async t => {
	const right = {
		...(await runCase(edit, clientOf(edit.after), check, {plain: false, signal})),
		elapsedMs: 500,
	};
	const wrong = {...right, exact: false, set: 'two', outputTokens: 6, passes: 1, lines: 16};
	const {one, two} = summarizeBy([right, wrong], ({set}) => set);
	t.like(one, {cases: 1, exact: 1, tokensPerPass: 1.5, tokensPerSecond: 6, compared: null});
	t.like(two, {cases: 1, exact: 0, tokensPerPass: 6, tokensPerSecond: 12});
	t.like(summarize([right, wrong]), {exact: 0.5, tokensPerPass: 3, tokensPerSecond: 9, parses: 1});
	t.deepEqual([right, wrong].map(lengthClass), ['to 15 lines', 'to 30 lines']);
});
