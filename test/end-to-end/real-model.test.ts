import {fileURLToPath} from 'node:url';
import test from 'ava';
import {unifiedDiff} from '../../src/cli/unified-diff.ts';
import {checkEditRequest, type EditRequest, type UncheckedEditRequest} from '../../src/edit/edit-request.ts';
import {toModelText} from '../../src/edit/file-text.ts';
import {buildPrompt} from '../../src/edit/prompt.ts';
import {suggestAnswer} from '../../src/edit/suggest-answer.ts';
import type {ApplyEditRequest, EditResult} from '../../src/grpc/client.ts';
import {loadModel} from '../../src/model/loaded-model.ts';
import {applyPatchWithGit} from '../helpers/apply-patch.ts';
import {editCases} from '../helpers/edit-cases.ts';
import {applyOperations, numChangedLines, smallestChange} from '../helpers/line-operations.ts';
import {type RealTriton, runOracle, startRealTriton, untilFreed} from '../helpers/real-triton.ts';

const model = 'smollm2-135m-instruct';
const adapter = fileURLToPath(new URL(`../../triton-models/verifier/adapters/${model}`, import.meta.url));
const witnessed = [
	'ts-insert-guard',
	'python-replace-delay',
	'c-crlf-full-check',
	'python-special-token-text',
	'go-add-comment',
	'json-no-final-newline',
];
const cases = editCases();
const speculative = new Map<string, EditResult>();
let real: RealTriton;

test.before(async () => {
	real = await startRealTriton(model);
});

test.after.always(async () => real?.stop());

function run(request: ApplyEditRequest, speculation: boolean): Promise<EditResult> {
	const options = {speculation, includeTokenIds: true, includeDiff: true, maxOutputTokens: 700};
	return real.client.edit({...request, options});
}

/** The texts of a request without what the service keeps from the model. */
function asModelReads(request: EditRequest): EditRequest {
	const {original, update} = request;
	return {...request, original: toModelText(original), update: update && toModelText(update)};
}

test.serial('at least 20 cases in five languages are there', t => {
	t.true(cases.length >= 20);
	t.true(new Set(cases.map(({request}) => request.path!.split('.').at(-1))).size >= 5);
});

for (const {name, request} of cases) {
	test.serial(`one at a time, speculation finishes: ${name}`, async t => {
		const result = await run(request, true);
		speculative.set(name, result);
		t.true(result.summary.verifyPasses <= result.summary.outputTokens);
		t.is(result.summary.draftTokens, result.summary.acceptedTokens + result.summary.rejectedTokens);
		t.true(result.summary.smallestMargin >= 0);
	});
}

test.serial('line endings and byte order marks are those of the file, whatever the model wrote', t => {
	const endingsOf = (text: string) => new Set(text.match(/\r\n|\n|\r/g));
	for (const {name, request} of cases) {
		const {text, summary} = speculative.get(name)!;
		const endings = endingsOf(request.original);
		t.true(
			[...endingsOf(text)].every(ending => endings.has(ending)),
			name,
		);
		t.is(text.startsWith('\uFEFF'), request.original.startsWith('\uFEFF'), name);
		const isWhole = summary.finishReason === 'FINISH_REASON_FENCE_CLOSED';
		t.true(!isWhole || /[\r\n]*$/.exec(text)![0].endsWith(/\r?\n?$/.exec(request.original)![0]), name);
	}

	t.deepEqual([...endingsOf(speculative.get('c-crlf-full-check')!.text)], ['\r\n']);
	t.is(endingsOf(speculative.get('ini-mixed-line-endings')!.text).size, 2);
});

test.serial('the operations of each edit turn the file into its text, and git applies its patch', async t => {
	let [numChanged, numSmallest] = [0, 0];
	for (const {name, request} of cases) {
		const {text, operations} = speculative.get(name)!;
		const {original, path} = request;
		t.is(applyOperations(original, operations), text, name);
		numChanged += numChangedLines(operations);
		numSmallest += smallestChange(original, text);
		if (text !== original) {
			t.is(await applyPatchWithGit(t, path!, original, unifiedDiff(path!, original, operations)), text, name);
		}
	}

	t.log(`${numChanged} changed lines, ${numSmallest} in the smallest diffs`);
	t.true(numChanged <= 1.2 * numSmallest);
});

test.serial('eight at a time, plain decoding gives the tokens of speculation on every case', async t => {
	const queue = [...cases];
	const stepsBefore = await real.metric('redraft_pass_steps_total');
	const passesBefore = await real.metric('redraft_passes_total');
	const work = async () => {
		for (let next = queue.shift(); next; next = queue.shift()) {
			const plain = await run(next.request, false);
			const fast = speculative.get(next.name)!;
			t.deepEqual(plain.tokenIds, fast.tokenIds, next.name);
			t.is(plain.text, fast.text, next.name);
			t.is(plain.summary.verifyPasses, plain.summary.outputTokens);
		}
	};
	await Promise.all(Array.from({length: 8}, work));
	// Triton hands steps over one by one; what counts is how many of them share a pass.
	const steps = (await real.metric('redraft_pass_steps_total')) - stepsBefore;
	t.true(steps > (await real.metric('redraft_passes_total')) - passesBefore);
});

test.serial('eight speculative edits at a time give the outputs of one at a time', async t => {
	const results = await Promise.all(
		cases.slice(0, 8).map(async ({name, request}) => ({name, result: await run(request, true)})),
	);
	for (const {name, result} of results) {
		t.deepEqual(result.tokenIds, speculative.get(name)!.tokenIds, name);
	}
});

test.serial('an independent greedy decoder writes the same tokens', async t => {
	const loaded = await loadModel(model, real.supervisor.modelDirectory);
	const chosen = cases.filter(({name}) => witnessed.includes(name));
	t.is(chosen.length, witnessed.length);
	const promptOf = async (request: UncheckedEditRequest) => {
		const input = asModelReads(checkEditRequest(request));
		const suggestion = await suggestAnswer(input.original, input.update);
		return buildPrompt(loaded.tokenizer, loaded.preset, {...input, suggestion}).tokens;
	};
	const task = {
		model: real.supervisor.modelDirectory,
		adapter,
		cases: await Promise.all(
			chosen.map(async ({name, request}) => ({
				prompt: await promptOf(request),
				max_new_tokens: speculative.get(name)!.tokenIds.length,
			})),
		),
	};
	const outputs = JSON.parse(await runOracle('generate.py', [], JSON.stringify(task))) as number[][];
	for (const [i, {name}] of chosen.entries()) {
		t.deepEqual(outputs[i], speculative.get(name)!.tokenIds, name);
	}
});

test.serial('no sequence is left open on Triton', async t => {
	await untilFreed(t, real);
	t.pass();
});
