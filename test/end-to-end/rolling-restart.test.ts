import test, {type ExecutionContext} from 'ava';
import {RedraftClient} from '../../src/grpc/client.ts';
import {LocalRelease} from '../helpers/local-release.ts';
import {type Answer, answerOf} from '../helpers/open-edit.ts';
import type {Service} from '../helpers/pod-network.ts';
import {tinyEdit} from '../helpers/tiny-triton.ts';

/** Lengths of the edits, in tokens; the longest outlasts what Triton's pod waits before it is stopped. */
const lengths = [30, 150, 400, 1000];

/** Edits that callers have one after the other, until they are told to stop. */
class Load {
	readonly answers: {numTokens: number; answer: Answer}[] = [];
	readonly failures: unknown[] = [];
	readonly #service: Service;
	readonly #callers: Promise<void>[];
	#isStopping = false;

	constructor(service: Service) {
		this.#service = service;
		// Some keep their connection, the others come anew for each edit.
		this.#callers = lengths.map((numTokens, index) => this.#call(numTokens, index % 2 === 0));
	}

	/** Resolves when the last edits have ended. Safe to call twice. */
	async stop(): Promise<void> {
		this.#isStopping = true;
		await Promise.all(this.#callers);
	}

	async #call(numTokens: number, keepsConnection: boolean): Promise<void> {
		let client = new RedraftClient(this.#service.addressForCaller());
		while (!this.#isStopping) {
			try {
				this.answers.push({numTokens, answer: await answerOf(client, tinyEdit(numTokens))});
			} catch (error) {
				this.failures.push(error);
			}

			if (!keepsConnection) {
				client.close();
				client = new RedraftClient(this.#service.addressForCaller());
			}
		}

		client.close();
	}
}

/** Texts of a run that nothing disturbs. */
async function undisturbed(t: ExecutionContext, address: string): Promise<ReadonlyMap<number, Answer>> {
	const client = new RedraftClient(address);
	t.teardown(() => client.close());
	const answers = lengths.map(
		async numTokens => [numTokens, await answerOf(client, tinyEdit(numTokens))] as const,
	);
	return new Map(await Promise.all(answers));
}

test('a rolling restart of the gateways and then of the Tritons, under load, loses no edit and changes no text', async t => {
	const release = await LocalRelease.start(t);
	const expected = await undisturbed(t, release.service.addressForCaller());
	const load = new Load(release.service);
	t.teardown(() => load.stop());
	const ends = await release.restartGateways();
	await release.restartTritons();
	await load.stop();
	t.deepEqual(ends, [0, 0]);
	t.deepEqual(load.failures, []);
	for (const {numTokens, answer} of load.answers) {
		t.deepEqual(answer, expected.get(numTokens));
	}

	t.deepEqual(new Set(load.answers.map(({numTokens}) => numTokens)), new Set(lengths));
	for (const triton of release.tritons) {
		await triton.untilIdle();
	}

	for (const gateway of release.gateways) {
		t.like(await gateway.outcomes(), {cancelled: 0, refused: 0, failed: 0});
	}

	const moves = await Promise.all(release.gateways.map(one => one.metric('redraft_sequence_moves_total')));
	t.log(`${load.answers.length} edits, ${moves.join(' + ')} moves`);
});
