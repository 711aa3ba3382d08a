import test, {type ExecutionContext} from 'ava';
import {Admission} from '../../src/edit/admission.ts';
import type {EditBackend, EditEvent} from '../../src/edit/edit.ts';
import {QueueFullError} from '../../src/edit/edit-queue.ts';
import {checkEditRequest, type EditRequest} from '../../src/edit/edit-request.ts';
import {ContextLengthError} from '../../src/edit/invalid-request-error.ts';
import {UnavailableError} from '../../src/errors/errors.ts';
import {FixedLengthPolicy} from '../../src/speculation/draft-length-policy.ts';
import type {Reservation} from '../../src/speculation/room.ts';
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

/** Room for so many tokens on the verifier of a backend. */
function roomOf(backend: EditBackend, total: number) {
	const room = {
		free: total,
		asked: [] as number[],
		maxTokens: total,
		reserve(numTokens: number): Reservation | undefined {
			room.asked.push(numTokens);
			if (numTokens > room.free) {
				return undefined;
			}

			room.free -= numTokens;
			let held = numTokens;
			return {
				open: () => backend.verifier.open(),
				release: () => {
					room.free += held;
					held = 0;
				},
			};
		},
	};
	return room;
}

test('an edit that finds no room on the model waits though there is a place, and runs when room was given back', async t => {
	const backend = await backendOf(t, 'a = 2\n```');
	const limited = {...request, maxOutputTokens: 20};
	const room = roomOf(backend, 1_000_000);
	const withRoom = {...backend, room};
	const admission = new Admission(
		{current: () => withRoom, reason: () => '', capacity: () => 64},
		{maxOpenEdits: 8, maxQueuedEdits: 8},
	);
	const first = admission.run(limited, signal);
	await first.next();
	const [numTokens] = room.asked;
	t.is(room.free, 1_000_000 - numTokens!);
	room.free = numTokens! - 1;
	const second = admission.run(limited, signal);
	t.deepEqual((await second.next()).value, {kind: 'queued', place: 1});
	const rest = collect(second);
	await collect(first);
	t.is((await rest).at(-1)!.kind, 'summary');
	t.is(room.free, 2 * numTokens! - 1);
});

test('the room of an edit is that of its prompt, of an answer like its file and of a second draft', async t => {
	const backend = await backendOf(t, 'a = 2\n```');
	const room = roomOf(backend, 1_000_000);
	const admission = new Admission(
		{current: () => ({...backend, maxBranches: 2, room}), reason: () => '', capacity: () => 64},
		limits,
	);
	const original = 'a = 1\n'.repeat(200);
	const asked = async (options: Partial<EditRequest>) => {
		const events = await collect(admission.run({...request, original, ...options}, signal));
		const {promptTokens} = events[0] as EditEvent & {kind: 'started'};
		return room.asked.at(-1)! - promptTokens;
	};
	const fileTokens = Buffer.byteLength(original) + '```'.length + 1;
	t.is(await asked({}), Math.ceil(1.25 * fileTokens) + 256 + backend.maxDraftTokens);
	t.is(await asked({speculation: false}), Math.ceil(1.25 * fileTokens) + 256);
	t.is(await asked({speculation: false, maxOutputTokens: 30}), 30);
	t.is(room.free, 1_000_000);
});

test('a suggestion is left out where the KV cache has no room for it, or by the operator', async t => {
	const backend = await backendOf(t, 'a = 2\n```');
	const update = 'a = 2\n# ... existing code ...\n';
	const promptTokens = async (changes: Partial<EditBackend>, options: Partial<EditRequest> = {}) => {
		const current = () => ({...backend, ...changes});
		const admission = new Admission({current, reason: () => '', capacity: () => 64}, limits);
		const original = `a = 1\n${'b = 1\n'.repeat(100)}`;
		const [started] = await collect(admission.run({...request, original, update, ...options}, signal));
		return (started as EditEvent & {kind: 'started'}).promptTokens;
	};
	const withAll = await promptTokens({});
	const without = await promptTokens({hasSuggestions: false});
	t.true(withAll > without + 100 * 'b = 1\n'.length);
	t.is(await promptTokens({room: roomOf(backend, withAll + 100)}), without);
	t.is(await promptTokens({room: roomOf(backend, withAll + 700)}), withAll);
});

test('an edit that no KV cache can hold is refused with what one holds, before it waits', async t => {
	const backend = await backendOf(t, 'a = 2\n```');
	const room = roomOf(backend, 300);
	const admission = new Admission(
		{current: () => ({...backend, room}), reason: () => '', capacity: () => 64},
		{maxOpenEdits: 1, maxQueuedEdits: 8},
	);
	const original = 'a = 1\n'.repeat(100);
	await t.throwsAsync(collect(admission.run({...request, original}, signal)), {
		instanceOf: ContextLengthError,
		message:
			/^original: expected a prompt that leaves \d+ of the 300 tokens that the model's KV cache has room for/,
	});
	t.deepEqual(room.asked, []);
	t.is(admission.openEdits, 0);
});
