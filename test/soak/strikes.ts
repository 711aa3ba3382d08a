import {setTimeout as delay} from 'node:timers/promises';
import {type Fault, type FaultKind, faults} from '../faults/catalogue.ts';
import type {ProxiedTriton} from '../helpers/proxied-triton.ts';
import {type Fleet, stepTimeoutMs, within} from './fleet.ts';

/** A fault, on whichever Triton it is struck. */
export type Strike = Pick<Fault, 'name' | 'strike' | 'heal'> & {
	/** How long it lasts at least, where it does not end by itself. */
	readonly minMs: number;
	/** Whether the server ends by it, which may take a while, and is started again. */
	readonly endsServer: boolean;
};

const endingKinds: readonly FaultKind[] = [
	'server killed',
	'model killed',
	'server stopped',
	'model unloaded',
];
/** Kubernetes' own. */
const graceSeconds = 30;
/** A busy machine takes long to start a Triton. */
const recoverySeconds = 300;
const maxMs = 1200;

/** All faults of the catalogue, and those of the gateway and of both networks at once. */
export function strikesOf({gateway, tritons}: Fleet): Strike[] {
	const ofTritons = faults.map(fault => ({
		...fault,
		minMs: fault.name.includes('beyond the step time-out') ? stepTimeoutMs + 500 : 200,
		endsServer: endingKinds.includes(fault.kind),
	}));
	return [
		...ofTritons,
		{
			name: 'a gateway whose event loop stands still for 2 s',
			minMs: 0,
			endsServer: false,
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
			endsServer: false,
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
		await delay(random() * 500);
		const instance = triton.supervisor.logFile();
		log.tell(`${name}: ${fault.name}`);
		await within(recoverySeconds, `${name} to run`, () => tryOn(triton, fault.strike), signal);
		await delay(fault.minMs + random() * maxMs);
		await tryOn(triton, fault.heal);
		const healedMs = performance.now();
		await untilEnded(triton, fault, instance, log);
		await within(recoverySeconds, `${name} to overcome ${fault.name}`, () => fleet.isWorking(triton), signal);
		const seconds = (performance.now() - healedMs) / 1000;
		log.tell(`${name}: works again after ${seconds.toFixed(1)} s`);
		log.counts.set(fault.name, (log.counts.get(fault.name) ?? 0) + 1);
		if (seconds > log.slowest.seconds) {
			log.slowest = {seconds, name: fault.name};
		}
	}
}

/** Waits until the server has ended, where it does; one that does not in time is killed, as Kubernetes does it. */
async function untilEnded(
	triton: ProxiedTriton,
	{endsServer}: Strike,
	instance: string | undefined,
	log: StrikeLog,
): Promise<void> {
	const {supervisor} = triton;
	const hasEnded = async () =>
		!endsServer || supervisor.state !== 'ready' || supervisor.logFile() !== instance;
	try {
		await within(graceSeconds, 'it to end', hasEnded);
	} catch {
		log.tell(`a server has not ended within ${graceSeconds} s and is killed`);
		await tryOn(triton, () => triton.signal('tritonserver', 'SIGKILL'));
		await within(graceSeconds, 'a server that is killed to end', hasEnded);
	}
}

/** False where there is no process to send a signal to: a Triton that is just being started again. */
async function tryOn(triton: ProxiedTriton, act: Strike['strike']): Promise<boolean> {
	try {
		await act(triton);
		return true;
	} catch (error) {
		const {message, code} = error as NodeJS.ErrnoException;
		if (code !== 'ESRCH' && !/expected one \w+, got none/.test(message)) {
			throw error;
		}

		return false;
	}
}
