import {setTimeout as delay} from 'node:timers/promises';
import {type ServiceError, status} from '@grpc/grpc-js';
import {type ApplyEditRequest, type EditResult, RedraftClient} from '../../src/grpc/client.ts';
import {FaultyProxy} from '../helpers/faulty-proxy.ts';

/** What a caller does in its edit. */
export const callerKinds = [
	'a caller that cancels',
	'a caller whose deadline passes',
	'a caller whose connection is reset',
	'a caller that reads nothing for a while',
] as const;
export type CallerKind = (typeof callerKinds)[number] | 'a caller that waits';

export interface SoakEdit {
	readonly request: ApplyEditRequest;
	/** Of an undisturbed run. */
	readonly expected: Pick<EditResult, 'text' | 'tokenIds'>;
}

/** How an edit went for its caller. */
export interface EditEnd {
	/** Refused: nothing came of it, for no Triton worked. */
	readonly outcome: 'finished' | 'broken off' | 'failed' | 'refused';
	/** Whether the service surely knows of the call. */
	readonly wasAnswered: boolean;
	/** What the caller was told of a failure. */
	readonly message?: string;
	/** What is wrong with what it got. */
	readonly problem?: string | undefined;
}

/** Statuses of the calls that a kind of caller breaks off itself. */
const ownEnds: Readonly<Record<CallerKind, readonly status[]>> = {
	'a caller that waits': [],
	'a caller that reads nothing for a while': [],
	'a caller that cancels': [status.CANCELLED],
	'a caller whose deadline passes': [status.DEADLINE_EXCEEDED],
	'a caller whose connection is reset': [status.UNAVAILABLE, status.INTERNAL, status.CANCELLED],
};

interface Behaviour {
	readonly client: RedraftClient;
	readonly timeoutMs?: number;
	/** What it does at the delta that was chosen by lot. */
	readonly act: (stop: AbortController) => unknown;
}

const pauseMs = 2000;
const maxTimeoutMs = 1500;

/** Runs an edit as a caller of a kind does, and checks all that it gets against an undisturbed run. */
export async function runEdit(
	client: RedraftClient,
	address: string,
	kind: CallerKind,
	edit: SoakEdit,
	random: () => number,
): Promise<EditEnd> {
	const actsAt = Math.ceil(random() * edit.expected.tokenIds.length);
	switch (kind) {
		case 'a caller that waits':
			return follow({client, act() {}}, kind, edit, actsAt);
		case 'a caller that cancels':
			return follow({client, act: stop => stop.abort()}, kind, edit, actsAt);
		case 'a caller whose deadline passes':
			return follow({client, timeoutMs: 50 + random() * maxTimeoutMs, act() {}}, kind, edit, actsAt);
		case 'a caller that reads nothing for a while':
			return follow({client, act: () => delay(pauseMs)}, kind, edit, actsAt);
		case 'a caller whose connection is reset': {
			const proxy = await FaultyProxy.start(address, random);
			const own = new RedraftClient(proxy.address, {maxAttempts: 1});
			const end = await follow({client: own, act: () => proxy.reset()}, kind, edit, actsAt);
			own.close();
			await proxy.stop();
			return end;
		}
	}
}

async function follow(
	{client, timeoutMs = Number.POSITIVE_INFINITY, act}: Behaviour,
	kind: CallerKind,
	{request, expected}: SoakEdit,
	actsAt: number,
): Promise<EditEnd> {
	const stop = new AbortController();
	const got = {text: '', tokenIds: [] as number[]};
	let wasAnswered = false;
	let numDeltas = 0;
	try {
		for await (const message of client.stream(request, {signal: stop.signal, timeoutMs})) {
			wasAnswered = true;
			if (message.event === 'delta') {
				got.text += message.delta.text;
				got.tokenIds.push(...message.delta.tokenIds);
				numDeltas += 1;
				await (numDeltas === actsAt ? act(stop) : undefined);
			}
		}
	} catch (error) {
		const {code, details} = error as ServiceError;
		const outcome =
			!wasAnswered && code === status.UNAVAILABLE
				? 'refused'
				: ownEnds[kind].includes(code)
					? 'broken off'
					: 'failed';
		const problem =
			wrongStart(got, expected) ?? (outcome === 'failed' ? unclear(code, details, got.text) : undefined);
		return {outcome, wasAnswered, message: `${status[code]}: ${details}`, problem};
	}

	return {outcome: 'finished', wasAnswered, problem: wrongEnd(got, expected)};
}

type Answer = SoakEdit['expected'];

function wrongEnd(got: Answer, expected: Answer): string | undefined {
	return got.tokenIds.length < expected.tokenIds.length
		? `wrong output: it ends after ${got.tokenIds.length} of ${expected.tokenIds.length} tokens`
		: wrongStart(got, expected);
}

function wrongStart(got: Answer, expected: Answer): string | undefined {
	const first = got.tokenIds.findIndex((token, index) => token !== expected.tokenIds[index]);
	if (first !== -1) {
		return `wrong output: token ${first} is ${got.tokenIds[first]}, expected ${expected.tokenIds[first]}`;
	}

	return expected.text.startsWith(got.text)
		? undefined
		: 'wrong output: the tokens are right and the text is not';
}

/** A failure is clear where the caller can repeat the edit, and knows how much of it has come. */
function unclear(code: status, details: string, text: string): string | undefined {
	if (code !== status.UNAVAILABLE) {
		return `expected UNAVAILABLE, got ${status[code]}: ${details}`;
	}

	const told = /(\d+) characters were delivered/.exec(details)?.[1];
	const numCharacters = [...text].length;
	return numCharacters === 0 || Number(told) === numCharacters
		? undefined
		: `expected it to be told of ${numCharacters} characters, got: ${details}`;
}
