import test, {type ExecutionContext} from 'ava';
import {Admission} from '../../src/edit/admission.ts';
import type {EditBackend, EditEvent} from '../../src/edit/edit.ts';
import {QueueFullError} from '../../src/edit/edit-queue.ts';
import {checkEditRequest} from '../../src/edit/edit-request.ts';
import {UnavailableError} from '../../src/errors/errors.ts';
import {FixedLengthPolicy} from '../../src/speculation/draft-length-policy.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

const request = checkEditRequest({original: 'a = 1\n', instruction: 'Make it 2.'});
const {signal} = new AbortController();
const limits = {maxOpenEdits: 1, maxQueuedEdits: 0};

/** A backend whose model answers with a text. */
async function backendOf(t: ExecutionContext, answer: string): Promise<EditBackend> {
	const model = await byteModel(t);
	const target = [...model.tokenizer.encode(answer), model.endToken];
	return {
		model,
		verifier: new TargetVerifier({target}),
		maxDraftTokens: 8,
		maxBranches: 1,
		moves: {maxMoves: 3, maxWaitMs: 0},
		createPolicy: maxTokens => new FixedLengthPolicy(maxTokens),
	};
}

async function collect(events: AsyncIterable<EditEvent>): Promise<EditEvent[]> {
	const all: EditEvent[] = [];
	for await (const event of events) {
		all.push(event);
	}

	return all;
}

test('an edit goes from its start to its summary and carries an id of its own', async t => {
	const backend = await backendOf(t, 'a = 2\n```');
	const admission = new Admission({current: () => backend, reason: () => '', capacity: () => 64}, limits);
	const [first, second] = [
		await collect(admission.run(request, signal)),
		await collect(admission.run(request, signal)),
	];
	t.is(first[0]!.kind, 'started');
	t.like(first.at(-1), {kind: 'summary', finishReason: 'fence_closed'});
	t.is(first.map(event => (event.kind === 'delta' ? event.text : '')).join(''), 'a = 2\n');
	const ids = [first, second].map(([started]) => (started as EditEvent & {kind: 'started'}).editId);
	t.not(ids[0], ids[1]);
});

test('without a ready backend the edit is refused with the reason', async t => {
	const admission = new Admission(
		{current: () => undefined, reason: () => 'the model is still loading', capacity: () => 64},
		limits,
	);
	await t.throwsAsync(collect(admission.run(request, signal)), {
		instanceOf: UnavailableError,
		message: 'the model is still loading',
	});
	t.is(admission.openEdits, 0);
});

test('an edit beyond the limit is refused until a place is free again', async t => {
	const backend = await backendOf(t, 'a = 2\n```');
	const admission = new Admission({current: () => backend, reason: () => '', capacity: () => 64}, limits);
	const open = admission.run(request, signal);
	await open.next();
	t.is(admission.openEdits, 1);
	await t.throwsAsync(collect(admission.run(request, signal)), {instanceOf: QueueFullError});
	await open.return();
	t.is(admission.openEdits, 0);
	await t.notThrowsAsync(collect(admission.run(request, signal)));
});

test('an edit that fails gives its place back', async t => {
	const backend = await backendOf(t, 'a');
	const verifier = new TargetVerifier({target: [1], failures: new Map([[0, new UnavailableError('gone')]])});
	const admission = new Admission(
		{current: () => ({...backend, verifier}), reason: () => '', capacity: () => 64},
		limits,
	);
	await t.throwsAsync(collect(admission.run(request, signal)), {
		message: 'gone; 0 characters were delivered',
	});
	t.is(admission.openEdits, 0);
	t.is(verifier.openSequences, 0);
});

test('an edit that waits is told its place, and runs when the one before has ended', async t => {
	const backend = await backendOf(t, 'a = 2\n```');
	const backends = {current: () => backend, reason: () => '', capacity: () => 64};
	const admission = new Admission(backends, {maxOpenEdits: 1, maxQueuedEdits: 1});
	const first = admission.run(request, signal);
	await first.next();
	const second = admission.run(request, signal);
	t.deepEqual((await second.next()).value, {kind: 'queued', place: 1});
	const rest = collect(second);
	await collect(first);
	t.deepEqual(
		(await rest).map(({kind}) => kind).filter(kind => kind !== 'delta'),
		['started', 'summary'],
	);
});

test('backends with fewer places than the limit allows let in only as many', async t => {
	const backend = await backendOf(t, 'a = 2\n```');
	const backends = {current: () => backend, reason: () => '', capacity: () => 1};
	const admission = new Admission(backends, {maxOpenEdits: 8, maxQueuedEdits: 0});
	const first = admission.run(request, signal);
	await first.next();
	await t.throwsAsync(collect(admission.run(request, signal)), {instanceOf: QueueFullError});
	await first.return();
});
