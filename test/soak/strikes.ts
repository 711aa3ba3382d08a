import {setTimeout as delay} from 'node:timers/promises';
import {type Fault, faults} from '../faults/catalogue.ts';
import type {ProxiedTriton} from '../helpers/proxied-triton.ts';
import {type Fleet, stepTimeoutMs, within} from './fleet.ts';

/** A fault, on whichever Triton it is struck. */
export type Strike = Pick<Fault, 'name' | 'strike' | 'heal'> & {
	/** How long it lasts at least, where it does not end by itself. */
	readonly minMs: number;
};

const recoverySeconds = 60;
const maxMs = 1200;

/** All faults of the catalogue, and those of the gateway and of both networks at once. */
export function strikesOf({gateway, tritons}: Fleet): Strike[] {
	const ofTritons = faults.map(fault => ({
		...fault,
		minMs: fault.name.includes('beyond the step time-out') ? stepTimeoutMs + 500 : 200,
	}));
	return [
		...ofTritons,
		{
			name: 'a gateway whose event loop stands still for 2 s',
			minMs: 0,
			strike: async () => {
				gateway.signal('SIGSTOP');
				await delay(2000);
				gateway.signal('SIGCONT');
			},
			heal() {},
		},
		{
			name: 'networks to all Tritons that are gone at once',
			minMs: 500,
			strike: () => tritons.forEach(({proxy}) => void proxy.refuse()),
			heal: () => tritons.forEach(({proxy}) => void proxy.heal()),
		},
	];
}

/** Each fault once in every round, in an order by lot. */
export function* planOf(
	strikes: readonly Strike[],
	rounds: number,
	random: () => number,
): Generator<Strike, void> {
	for (let round = 0; round < rounds; round++) {
		yield* shuffled(strikes, random);
	}
}

export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
	const left = [...items];
	return items.map(() => left.splice(Math.floor(random() * left.length), 1)[0]!);
}

/** What the strikes did. */
export interface StrikeLog {
	/** By the fault's name. */
	readonly counts: Map<string, number>;
	slowest: {seconds: number; name: string};
	tell(line: string): void;
}

/** Strikes one fault of the plan after the other on one Triton, each once the last one is overcome. */
export async function strikeOne(
	fleet: Fleet,
	triton: ProxiedTriton,
	plan: Generator<Strike, void>,
	{random, signal, log}: {random: () => number; signal: AbortSignal; log: StrikeLog},
): Promise<void> {
	const name = `Triton ${1 + fleet.tritons.indexOf(triton)}`;
	for (const fault of plan) {
		await within(recoverySeconds, `${name} to work`, () => fleet.isWorking(triton), signal);
		await delay(random() * 500);
		log.tell(`${name}: ${fault.name}`);
		await fault.strike(triton);
		await delay(fault.minMs + random() * maxMs);
		await fault.heal(triton);
		const healedMs = performance.now();
		await within(recoverySeconds, `${name} to overcome ${fault.name}`, () => fleet.isWorking(triton), signal);
		const seconds = (performance.now() - healedMs) / 1000;
		log.tell(`${name}: works again after ${seconds.toFixed(1)} s`);
		log.counts.set(fault.name, (log.counts.get(fault.name) ?? 0) + 1);
		if (seconds > log.slowest.seconds) {
			log.slowest = {seconds, name: fault.name};
		}
	}
}
