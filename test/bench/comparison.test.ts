import test from 'ava';
import {Comparison, ours} from '../../bench/peers/comparison.ts';
import type {Peer, PeerRequest} from '../../bench/peers/peer.ts';
import type {EditResult, RedraftClient} from '../../src/grpc/client.ts';

const summary = {outputTokens: 3, firstPassTokens: 1, decodeMs: 10};
const client = {
	edit: async () => ({tokenIds: [7, 8, 9], summary}) as unknown as EditResult,
} as unknown as RedraftClient;

const edits = [1, 2].map(prompt => ({request: {original: 'a', instruction: 'b'}, prompt: [prompt]}));

function recordingPeer(name: string, maxRequests: number) {
	const asked: (readonly PeerRequest[])[] = [];
	const peer: Peer = {
		name,
		hasDrafts: false,
		maxRequests,
		run: async requests => {
			asked.push(requests);
			const tokens = requests.map(({numTokens}) => Array<number>(numTokens).fill(7));
			return {tokens, firstTokenMs: 100, elapsedMs: 300};
		},
		stop: async () => {},
	};
	return {peer, asked};
}

test('every program is asked for each prompt in turn, and for as many tokens as Redraft wrote', async t => {
	const {peer, asked} = recordingPeer('peer', 1);
	const comparison = new Comparison(client, [peer], () => {});
	await comparison.runEach(edits);
	t.deepEqual(asked, [[{prompt: [1], numTokens: 3}], [{prompt: [2], numTokens: 3}]]);
	const {rows, atOnce} = comparison.result();
	t.deepEqual(
		rows.map(({name, decodeTokensPerSecond, equalShare}) => [name, decodeTokensPerSecond, equalShare]),
		[
			[ours.speculative, 200, 1],
			[ours.plain, 200, 1],
			['peer', 10, 0],
		],
	);
	t.deepEqual(atOnce, []);
});

test('edits at once go to the programs that can run so many, the longest edit left out', async t => {
	const able = recordingPeer('able', 3);
	const single = recordingPeer('single', 1);
	const comparison = new Comparison(client, [able.peer, single.peer], () => {});
	await comparison.runAtOnce(edits, 3);
	t.deepEqual(
		able.asked.map(requests => requests.map(({prompt}) => prompt[0])),
		[[1, 1, 1]],
	);
	t.deepEqual(single.asked, []);
	const {rows, atOnce} = comparison.result();
	t.deepEqual(rows, []);
	t.deepEqual(atOnce.map(({name, tokensPerSecond}) => [name, tokensPerSecond]).at(-1), ['able', 30]);
});

test('a first run does not count', async t => {
	const {peer, asked} = recordingPeer('peer', 1);
	const comparison = new Comparison(client, [peer], () => {});
	await comparison.warmUp(edits[0]!);
	t.is(asked.length, 1);
	t.deepEqual(comparison.result(), {rows: [], atOnce: []});
});
