import type {RedraftClient} from '../../src/grpc/client.ts';
import {sum} from '../sum.ts';
import type {PeerEdit} from './edits.ts';
import type {Peer, PeerRequest} from './peer.ts';
import {type RedraftRun, runRedraft} from './redraft-runs.ts';
import {type Measured, type PeerRow, Totals} from './totals.ts';

/** Redraft and its way without drafts, as the tables call them. */
export const ours = {speculative: 'Redraft', plain: 'Redraft, one token a pass'} as const;

const warmUpTokens = 8;

/** Runs the same edits by all programs in turn, so that what else the machine does meets them all alike. */
export class Comparison {
	readonly #client: RedraftClient;
	readonly #peers: readonly Peer[];
	readonly #onProgress: (line: string) => void;
	readonly #each = new Map<string, Totals>();
	readonly #atOnce = new Map<string, Totals>();

	constructor(client: RedraftClient, peers: readonly Peer[], onProgress: (line: string) => void) {
		this.#client = client;
		this.#peers = peers;
		this.#onProgress = onProgress;
	}

	/** A first run costs more than others; it does not count. */
	async warmUp(edit: PeerEdit): Promise<void> {
		await runRedraft(this.#client, [edit], true);
		for (const peer of this.#peers) {
			await peer.run([{prompt: edit.prompt, numTokens: warmUpTokens}]);
		}
	}

	/** One edit after the other. */
	async runEach(edits: readonly PeerEdit[]): Promise<void> {
		for (const edit of edits) {
			await this.#run(this.#each, [edit], this.#peers);
		}
	}

	/** So many at once, the longest edit left out where there are others: programs without drafts take minutes for it. */
	async runAtOnce(edits: readonly PeerEdit[], numRequests: number): Promise<void> {
		const shorter = edits.length > 1 ? edits.slice(0, -1) : edits;
		const together = Array.from({length: numRequests}, (_, i) => shorter[i % shorter.length]!);
		const able = this.#peers.filter(peer => peer.maxRequests >= numRequests);
		await this.#run(this.#atOnce, together, able);
	}

	result(): {rows: readonly PeerRow[]; atOnce: readonly PeerRow[]} {
		const rows = (totals: ReadonlyMap<string, Totals>) =>
			Array.from(totals, ([name, total]) => total.row(name));
		return {rows: rows(this.#each), atOnce: rows(this.#atOnce)};
	}

	async #run(totals: Map<string, Totals>, edits: readonly PeerEdit[], peers: readonly Peer[]): Promise<void> {
		const speculative = await runRedraft(this.#client, edits, true);
		const expected = speculative.tokens.flat();
		const add = (name: string, hasDrafts: boolean, run: Measured) => {
			const total = totals.get(name) ?? new Totals(hasDrafts);
			total.add(run, expected);
			totals.set(name, total);
			this.#onProgress(`${name}: ${run.tokens.length} tokens in ${(run.elapsedMs / 1000).toFixed(1)} s`);
		};
		add(ours.speculative, true, measured(speculative));
		add(ours.plain, false, measured(await runRedraft(this.#client, edits, false)));
		const requests = edits.map(
			({prompt}, i): PeerRequest => ({prompt, numTokens: speculative.tokens[i]!.length}),
		);
		for (const peer of peers) {
			add(peer.name, peer.hasDrafts, await runPeer(peer, requests));
		}
	}
}

const measured = (run: RedraftRun): Measured => ({...run, tokens: run.tokens.flat()});

async function runPeer(peer: Peer, requests: readonly PeerRequest[]): Promise<Measured> {
	const {tokens, firstTokenMs, elapsedMs} = await peer.run(requests);
	return {
		tokens: tokens.flat(),
		elapsedMs,
		decodedTokens: sum(tokens, one => one.length) - tokens.length,
		decodeMs: elapsedMs - firstTokenMs,
	};
}
