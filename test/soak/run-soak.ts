import {setTimeout as delay} from 'node:timers/promises';
import type {RedraftClient} from '../../src/grpc/client.ts';
import {seededRandom} from '../helpers/seeded-random.ts';
import {type CallerKind, callerKinds, type EditEnd, runEdit, type SoakEdit} from './callers.ts';
import {type Fleet, type Scope, startFleet, within} from './fleet.ts';
import {judge} from './judge.ts';
import {type Holdings, holdingsOf, leftovers} from './leaks.ts';
import type {SoakReport} from './report.ts';
import {planOf, type Strike, type StrikeLog, shuffled, strikeOne, strikesOf} from './strikes.ts';
import {undisturbedEdits} from './undisturbed.ts';

export interface SoakOptions {
	/** Chooses the faults, what networks do at random, and what callers do. */
	readonly seed: number;
	/** Edits are sent until there were so many and every fault was struck. */
	readonly minEdits: number;
	/** How often each fault is struck. */
	readonly rounds: number;
	/** Time for the faults; the soak fails where it is not enough. */
	readonly maxMinutes: number;
	/** Told of what happens, as it happens. */
	readonly onEvent?: (line: string) => void;
	/** Stops it early, which is a failure. */
	readonly signal?: AbortSignal;
}

const numCallers = 8;
const numCleanEdits = 20;
const slowEditSeconds = 20;
const settleSeconds = 300;
/** Of eight edits half are left alone. */
const kinds: readonly CallerKind[] = [...callerKinds, ...Array<CallerKind>(4).fill('a caller that waits')];

/** Runs edits on two Tritons under random faults, heals all, and looks at what is left. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
	const ends: (() => unknown)[] = [];
	const scope: Scope = {teardown: end => void ends.unshift(end)};
	const stopFleet = async () => {
		for (let end = ends.shift(); end; end = ends.shift()) {
			await end();
		}
	};
	try {
		return await new Soak(options).run(await startFleet(scope, seededRandom(options.seed)), stopFleet);
	} finally {
		await stopFleet();
	}
}

class Soak implements StrikeLog {
	readonly counts = new Map<string, number>();
	slowest = {seconds: 0, name: 'none'};
	readonly #options: SoakOptions;
	readonly #beganMs = performance.now();
	readonly #history: string[] = [];
	readonly #problems: string[] = [];
	readonly #edits = {finished: 0, 'broken off': 0, failed: 0, refused: 0};
	readonly #stop = new AbortController();
	#numCalls = 0;
	#numUnanswered = 0;
	#isStruck = false;

	constructor(options: SoakOptions) {
		this.#options = options;
		options.signal?.addEventListener('abort', () => this.#abort('it was stopped'), {once: true});
	}

	async run(fleet: Fleet, stopFleet: () => Promise<void>): Promise<SoakReport> {
		const {gateway} = fleet;
		const edits = await undisturbedEdits(gateway.connect());
		this.#numCalls = edits.length;
		const before = await holdingsOf(fleet);
		await this.#disturb(fleet, edits);
		await this.#heal(fleet, edits, before);
		const after = await holdingsOf(fleet);
		const outcomes = await gateway.outcomes();
		const moves = await gateway.metrics('redraft_sequence_moves_total');
		await stopFleet();
		const left = leftovers();
		const counts = {
			numEdits: this.#numEnded,
			numCalls: this.#numCalls,
			numUnanswered: this.#numUnanswered,
			faults: this.counts,
		};
		for (const problem of judge({...this.#options, ...counts, before, after, left, outcomes})) {
			this.#fail(problem);
		}

		return {
			seconds: this.#seconds(),
			edits: this.#edits,
			cleanEdits: numCleanEdits,
			moves,
			faults: this.counts,
			wrongOutputs: this.#problems.filter(problem => problem.includes('wrong output')).length,
			before,
			after,
			left,
			slowest: this.slowest,
			outcomes,
			problems: this.#problems,
			history: this.#history,
		};
	}

	tell(line: string): void {
		const dated = `${this.#seconds().toFixed(1).padStart(6)} s  ${line}`;
		this.#history.push(dated);
		this.#options.onEvent?.(dated);
	}

	/** Edits of the phase with faults, without those that were refused. */
	get #numEnded(): number {
		return this.#edits.finished + this.#edits['broken off'] + this.#edits.failed;
	}

	#seconds(): number {
		return (performance.now() - this.#beganMs) / 1000;
	}

	#fail(problem: string): void {
		this.#problems.push(problem);
		this.tell(`PROBLEM: ${problem}`);
	}

	async #disturb(fleet: Fleet, edits: readonly SoakEdit[]): Promise<void> {
		const {seed, maxMinutes} = this.#options;
		const late = `expected all faults to be struck within ${maxMinutes} minutes`;
		const timer = setTimeout(() => this.#abort(late), 60_000 * maxMinutes);
		const clients = Array.from({length: numCallers}, () => fleet.gateway.connect());
		const callers = clients.map((client, index) =>
			this.#call(client, fleet.gateway.address, edits, seededRandom(seed + 7919 * (index + 1))),
		);
		await this.#strike(fleet);
		this.#isStruck = true;
		await Promise.all(callers);
		clearTimeout(timer);
	}

	async #strike(fleet: Fleet): Promise<void> {
		const {seed, rounds} = this.#options;
		const random = seededRandom(seed + 1);
		const plan: Generator<Strike, void> = planOf(strikesOf(fleet), rounds, random);
		const shared = {random, signal: this.#stop.signal, log: this};
		const lanes = fleet.tritons.map(triton => strikeOne(fleet, triton, plan, shared));
		for (const lane of await Promise.allSettled(lanes)) {
			if (lane.status === 'rejected' && !this.#stop.signal.aborted) {
				this.#abort(String(lane.reason));
			}
		}
	}

	#abort(problem: string): void {
		this.#fail(problem);
		this.#stop.abort();
	}

	/** Sends one edit after the other, each as another kind of caller. */
	async #call(
		client: RedraftClient,
		address: string,
		edits: readonly SoakEdit[],
		random: () => number,
	): Promise<void> {
		let deck: CallerKind[] = [];
		while (!this.#stop.signal.aborted && !(this.#isStruck && this.#numEnded >= this.#options.minEdits)) {
			deck = deck.length > 0 ? deck : shuffled(kinds, random);
			const kind = deck.pop()!;
			const edit = edits[Math.floor(random() * edits.length)]!;
			this.#numCalls += 1;
			const beganSeconds = this.#seconds();
			const end = await runEdit(client, address, kind, edit, random);
			this.#count(kind, end);
			if (end.outcome === 'refused') {
				// As a caller does that is told to come again.
				deck.push(kind);
				await delay(500 + 1000 * random());
			}

			if (this.#seconds() - beganSeconds > slowEditSeconds) {
				this.tell(`an edit of ${kind} took ${(this.#seconds() - beganSeconds).toFixed(0)} s`);
			}
		}

		client.close();
	}

	#count(kind: CallerKind, {outcome, wasAnswered, message, problem}: EditEnd): void {
		this.#edits[outcome] += 1;
		this.#numUnanswered += wasAnswered ? 0 : 1;
		if (kind !== 'a caller that waits' && outcome !== 'refused') {
			this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
		}

		if (outcome === 'failed') {
			this.tell(`an edit failed: ${message?.slice(0, 120)}`);
		}

		if (problem !== undefined) {
			this.#fail(`${kind}: ${problem}`);
		}
	}

	/** Ends all faults; edits that nothing disturbs pass, and then nothing is held any more. */
	async #heal(fleet: Fleet, edits: readonly SoakEdit[], before: Holdings): Promise<void> {
		this.tell('all is healed');
		const {gateway, tritons} = fleet;
		try {
			for (const triton of tritons) {
				triton.proxy.heal();
				await within(settleSeconds, 'each Triton to work', () => fleet.isWorking(triton));
			}

			const client = gateway.connect();
			const clean = Array.from({length: numCleanEdits}, async (_, index) => {
				this.#numCalls += 1;
				return runEdit(client, gateway.address, 'a caller that waits', edits[index % edits.length]!, () => 0);
			});
			for (const {outcome, problem, message} of await Promise.all(clean)) {
				if (outcome !== 'finished' || problem !== undefined) {
					this.#fail(`an edit that nothing disturbed ${outcome}: ${problem ?? message}`);
				}
			}

			client.close();
			const isIdle = async () => (await fleet.held()).sequences === 0 && (await isAtRest(fleet));
			await within(settleSeconds, 'no sequence to be open', isIdle);
			// A connection that is no longer used is closed some seconds later.
			const isClosed = async () => (await holdingsOf(fleet)).handles <= before.handles;
			await within(settleSeconds, `no more than ${before.handles} open handles`, isClosed);
		} catch (error) {
			this.#fail(String(error));
		}
	}
}

async function isAtRest({gateway}: Fleet): Promise<boolean> {
	const names = [
		'redraft_open_edits',
		'redraft_waiting_edits',
		'redraft_open_sequences',
		'redraft_kv_tokens_reserved',
	];
	return (await Promise.all(names.map(name => gateway.metric(name)))).every(value => value === 0);
}
