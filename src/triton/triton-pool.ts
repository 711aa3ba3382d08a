import {UnavailableError} from '../errors/errors.ts';
import type {Reservation, Room} from '../speculation/room.ts';
import type {Verifier, VerifierSequence} from '../speculation/verifier.ts';
import type {TritonObserver} from '../telemetry/edit-observer.ts';
import {log} from '../telemetry/log.ts';
import {blockTokens, type KvTokens} from './kv-ledger.ts';
import {ModelWatch, type TritonLocation} from './model-watch.ts';
import {fewestEdits, PoolMember} from './pool-member.ts';
import {PoolReservation, type ReservingPool} from './pool-reservation.ts';
import type {TritonClient} from './triton-client.ts';

export interface TritonPoolOptions {
	/** Settings of each member's watch. */
	readonly watch: Omit<ConstructorParameters<typeof ModelWatch>[0], 'location' | 'create' | 'onChange'>;
	/** Makes the verifier of a Triton whose model is ready; a rejection counts as not ready. */
	readonly createVerifier: (
		client: TritonClient,
		signal: AbortSignal,
		onKvTokens: (tokens: KvTokens) => void,
	) => Promise<Verifier>;
	readonly observer: TritonObserver;
	/** Told when the first Triton becomes ready and when the last one is gone. */
	readonly onChange: (isReady: boolean, reason: string) => void;
	/** Told when there may be room for more sequences than before. */
	readonly onRoom?: () => void;
	/** Edits that one Triton may hold. @default no limit */
	readonly maxEditsPerTriton?: number;
	/** @default 250 */
	readonly probeWaitMs?: number;
	/** @default 10_000 */
	readonly maxProbeWaitMs?: number;
}

/**
 * Several Tritons as one verifier. An edit's sequence goes to the ready and trusted Triton with the fewest edits among
 * those that have room for it, and stays there until it ends or is lost. Where none is trusted, one that is ready has to do: the last one is
 * never given up. Where that one's probes fail too, the pool is not ready: new edits are refused at once, so that the
 * callers go elsewhere, open ones wait for it to recover, and the probes go on.
 */
export class TritonPool implements Verifier, Room, ReservingPool {
	readonly #options: TritonPoolOptions;
	readonly #members = new Map<string, PoolMember>();
	/** Reservations whose Triton is gone and that have found no room elsewhere yet. */
	readonly #displaced = new Set<PoolReservation>();
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

	/** Why no sequence can be opened, in words for the caller. */
	reason(): string {
		const reasons = [...this.#members.values()].map(member => member.reason()).filter(Boolean);
		if (this.#isReady && this.numReady === this.#members.size) {
			reasons.push('every model has as many edits as it can hold');
		}

		return reasons.length > 0 ? [...new Set(reasons)].join('; ') : 'the model is still starting';
	}

	/** Undefined while a Triton has not told. Two blocks may be partly empty: those of two branches. */
	get maxTokens(): number | undefined {
		const most = Math.max(...this.#readyMembers().map(({kvTokens = Infinity}) => kvTokens));
		return Number.isFinite(most) ? Math.max(0, most - 2 * blockTokens) : undefined;
	}

	/**
	 * A sequence on a Triton of which nothing is known but that it is ready.
	 * @throws {UnavailableError} no Triton is ready
	 */
	open(): VerifierSequence {
		const member = fewestEdits(this.#candidates());
		if (!member) {
			throw new UnavailableError(this.reason());
		}

		const holding = member.hold(0);
		const sequence = member.open(holding);
		return {
			verify: (step, signal) => sequence.verify(step, signal),
			end: async () => {
				await sequence.end();
				member.release(holding);
				this.#freed(member);
			},
		};
	}

	reserve(numTokens: number): Reservation | undefined {
		// Those that have begun come first.
		if (this.#displaced.size > 0) {
			return undefined;
		}

		// One that could take more than there is takes all of it.
		const wanted = Math.min(numTokens, this.maxTokens ?? Infinity);
		const member = this.#memberFor(wanted);
		return member && new PoolReservation(this, member, wanted);
	}

	placeAgain(reservation: PoolReservation): PoolMember {
		const member = this.#memberFor(Math.min(reservation.numTokens, this.maxTokens ?? Infinity));
		if (!member) {
			this.#displaced.add(reservation);
			throw new UnavailableError(this.reason());
		}

		return member;
	}

	settled(reservation: PoolReservation, left: PoolMember | undefined): void {
		this.#displaced.delete(reservation);
		this.#freed(left);
	}

	#freed(member: PoolMember | undefined): void {
		if (member?.isRetired) {
			void this.#dropRetired();
		}

		this.#options.onRoom?.();
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
		return [...this.#members.values()].filter(member => member.takesEdits);
	}

	async #add(name: string, location: TritonLocation): Promise<void> {
		const {watch, createVerifier, observer, probeWaitMs = 250, maxProbeWaitMs = 10_000} = this.#options;
		const member = new PoolMember({
			name,
			watch: new ModelWatch<Verifier>({
				...watch,
				location,
				create: (client, signal) => createVerifier(client, signal, tokens => member.told(tokens)),
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
			trust: {
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
			},
			maxEdits: this.#options.maxEditsPerTriton ?? Infinity,
			onKvTokens: (reserved, total) => observer.kvTokens(name, reserved, total),
			onRoom: () => this.#options.onRoom?.(),
		});
		this.#members.set(name, member);
		observer.tritonReady(name, false);
		await member.start();
		this.#update();
	}

	#candidates(): PoolMember[] {
		const ready = this.#readyMembers();
		const trusted = ready.filter(member => member.isTrusted);
		return trusted.length > 0 ? trusted : ready;
	}

	/** Where an edit of so many tokens finds room. */
	#memberFor(numTokens: number): PoolMember | undefined {
		const candidates = this.#candidates();
		const member = fewestEdits(candidates.filter(one => one.hasRoomFor(numTokens)));
		if (!member) {
			for (const full of candidates) {
				full.askForRoom();
			}
		}

		return member;
	}

	async #dropRetired(): Promise<void> {
		const idle = [...this.#members.values()].filter(one => one.isRetired && one.numEdits === 0);
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
			this.#options.onRoom?.();
		}
	}
}
