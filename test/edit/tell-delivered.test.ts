import test from 'ava';
import type {EditEvent} from '../../src/edit/edit.ts';
import {countSources} from '../../src/edit/edit-stats.ts';
import {tellDelivered} from '../../src/edit/tell-delivered.ts';
import {UnavailableError} from '../../src/errors/errors.ts';

const delta = (text: string): EditEvent => ({
	kind: 'delta',
	text,
	spans: [],
	tokens: [],
	sources: countSources([]),
	draftTokens: 0,
	acceptedTokens: 0,
});

async function* breakingOff(error: Error, events: readonly EditEvent[]): AsyncGenerator<EditEvent, void> {
	yield* events;
	throw error;
}

async function failureOf(error: Error, ...events: readonly EditEvent[]): Promise<unknown> {
	try {
		for await (const _ of tellDelivered(breakingOff(error, events))) {
			// Only the end counts.
		}
	} catch (failure) {
		return failure;
	}

	return undefined;
}

test('an edit that loses its model says how many characters were delivered', async t => {
	const lost = new UnavailableError('no Triton is ready');
	t.like(await failureOf(lost, delta('let a'), delta(' = "🧪"')), {
		message: 'no Triton is ready; 11 characters were delivered',
		cause: lost,
	});
});

test('an edit that never started, and any other failure, say nothing of it', async t => {
	const lost = new UnavailableError('no Triton is ready');
	t.is(await failureOf(lost), lost);
	const broken = new Error('broken');
	t.is(await failureOf(broken, delta('a')), broken);
});
