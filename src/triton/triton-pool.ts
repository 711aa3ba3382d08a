import {UnavailableError} from '../errors/errors.ts';
import type {Verifier, VerifierSequence} from '../speculation/verifier.ts';
import type {TritonObserver} from '../telemetry/edit-observer.ts';
import {log} from '../telemetry/log.ts';
import {ModelWatch, type TritonLocation} from './model-watch.ts';
import {PoolMember} from './pool-member.ts';
import type {TritonClient} from './triton-client.ts';

export interface TritonPoolOptions {
	/** Settings of each member's watch. */
	readonly watch: Omit<ConstructorParameters<typeof ModelWatch>[0], 'location' | 'create' | 'onChange'>;
	/** Makes the verifier of a Triton whose model is ready; a rejection counts as not ready. */
	readonly createVerifier: (client: TritonClient, signal: AbortSignal) => Promise<Verifier>;
	readonly observer: TritonObserver;
	/** Told when the first Triton becomes ready and when the last one is gone. */
	readonly onChange: (isReady: boolean, reason: string) => void;
	/** Told when a Triton becomes ready. */
	readonly onReady?: () => void;
	/** @default 250 */
	readonly probeWaitMs?: number;
	/** @default 10_000 */
	readonly maxProbeWaitMs?: number;
}

/**
 * Several Tritons as one verifier. A new sequence goes to the ready and trusted Triton with the fewest open ones,
 * and stays there until it ends or is lost. Where none is trusted, one that is ready has to do: the last one is
 * never given up. Where that one's probes fail too, the pool is not ready: new edits are refused at once, so that the
 * callers go elsewhere, open ones wait for it to recover, and the probes go on.
 */
export class TritonPool implements Verifier {
	readonly #options: TritonPoolOptions;
	readonly #members = new Map<string, PoolMember>();
	#isReady = false;

	constructor(options: TritonPoolOptions) {
		this.#options = options;
	}

	get isReady(): boolean {
		return this.#isReady;
	}

	/** Ready Tritons that take new sequences. */
	get numReady(): number {
		return this.#readyMembers().length;
	}

	get hasTrustedServer(): boolean {
		return this.#readyMembers().some(member => member.isTrusted);
	}

	/** Why none is ready, in words for the caller. */
	reason(): string {
		const reasons = [...this.#members.values()].map(member => member.reason()).filter(Boolean);
		return reasons.length > 0 ? [...new Set(reasons)].join('; ') : 'the model is still starting';
	}

	/** @throws {UnavailableError} no Triton is ready */
	open(): VerifierSequence {
		const ready = this.#readyMembers();
		const trusted = ready.filter(member => member.isTrusted);
		const member = fewestOpen(trusted.length > 0 ? trusted : ready);
		if (!member) {
			throw new UnavailableError(this.reason());
		}

		return this.#watched(member, member.open());
	}

	/**
	 * The Tritons from now on, by name. One that is gone gets no new sequences and keeps those that it has.
	 * Resolves when each new one was checked once.
	 */
	async setLocations(locations: ReadonlyMap<string, TritonLocation>): Promise<void> {
		for (const member of this.#members.values()) {
			member.isRetired = !locations.has(member.name);
		}

		const added = [...locations].filter(([name]) => !this.#members.has(name));
		await Promise.all(added.map(([name, location]) => this.#add(name, location)));
		await this.#dropRetired();
		this.#update();
	}

	async stop(): Promise<void> {
		const members = [...this.#members.values()];
		this.#members.clear();
		await Promise.all(members.map(member => member.stop()));
	}

	#readyMembers(): PoolMember[] {
		return [...this.#members.values()].filter(member => member.isReady && !member.isRetired);
	}

	async #add(name: string, location: TritonLocation): Promise<void> {
		const {watch, createVerifier, observer, probeWaitMs = 250, maxProbeWaitMs = 10_000} = this.#options;
		const member = new PoolMember({
			name,
			watch: new ModelWatch<Verifier>({
				...watch,
				location,
				create: createVerifier,
				onChange: (isReady, reason) => {
					log(isReady ? 'info' : 'warning', isReady ? 'Triton ready' : 'Triton not ready', {name, reason});
					observer.tritonReady(name, isReady && member.isTrusted);
					if (isReady) {
						member.returned();
					}

					this.#update();
				},
			}),
			onOpenSequences: count => observer.openSequences(name, count),
			onTrust: (isTrusted, reason) => {
				const event = isTrusted ? 'Triton works again' : 'Triton failed';
				log(isTrusted ? 'info' : 'warning', event, {name, reason});
				observer.tritonReady(name, isTrusted && member.isReady);
				this.#update();
			},
			onDown: reason => {
				log('warning', 'Triton is down', {name, reason});
				this.#update();
			},
			probeWaitMs,
			maxProbeWaitMs,
		});
		this.#members.set(name, member);
		observer.tritonReady(name, false);
		await member.start();
		this.#update();
	}

	#watched(member: PoolMember, sequence: VerifierSequence): VerifierSequence {
		return {
			verify: (step, signal) => sequence.verify(step, signal),
			end: async () => {
				await sequence.end();
				if (member.isRetired) {
					await this.#dropRetired();
				}
			},
		};
	}

	async #dropRetired(): Promise<void> {
		const idle = [...this.#members.values()].filter(one => one.isRetired && one.openSequences === 0);
		for (const member of idle) {
			this.#members.delete(member.name);
			this.#options.observer.tritonGone(member.name);
			await member.stop();
		}
	}

	#update(): void {
		const isReady = this.numReady > 0;
		if (isReady !== this.#isReady) {
			this.#isReady = isReady;
			this.#options.onChange(isReady, isReady ? '' : this.reason());
		}

		if (isReady) {
			this.#options.onReady?.();
		}
	}
}

/** Of equals a random one, so that several gateways do not all choose the same. */
function fewestOpen(members: readonly PoolMember[]): PoolMember | undefined {
	const fewest = Math.min(...members.map(member => member.openSequences));
	const candidates = members.filter(member => member.openSequences === fewest);
	return candidates[Math.floor(Math.random() * candidates.length)];
}
