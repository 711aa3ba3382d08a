import type {Reservation} from '../speculation/room.ts';
import type {VerifierSequence} from '../speculation/verifier.ts';
import type {KvHolding} from './kv-ledger.ts';
import type {PoolMember} from './pool-member.ts';

/** What a reservation asks of its pool. */
export interface ReservingPool {
	readonly hasTrustedServer: boolean;
	/**
	 * A Triton with room for a reservation that has none any more. Until there is one the reservation comes before all
	 * that are new.
	 * @throws {UnavailableError} none has room
	 */
	placeAgain(reservation: PoolReservation): PoolMember;
	/**
	 * A reservation that had no room has some, or needs none any more.
	 * @param left where it had room before
	 */
	settled(reservation: PoolReservation, left: PoolMember | undefined): void;
}

/** Room for an edit on one Triton of a pool; once that has lost a sequence of it, on whichever has room. */
export class PoolReservation implements Reservation {
	readonly #pool: ReservingPool;
	#numTokens: number;
	#place: {readonly member: PoolMember; readonly holding: KvHolding} | undefined;
	#wasOpened = false;

	constructor(pool: ReservingPool, member: PoolMember, numTokens: number) {
		this.#pool = pool;
		this.#numTokens = numTokens;
		this.#place = {member, holding: member.hold(numTokens)};
	}

	/** Tokens that it needs: as many as were expected, or as it had where those are more. */
	get numTokens(): number {
		return this.#numTokens;
	}

	get hasTrustedServer(): boolean {
		return this.#pool.hasTrustedServer;
	}

	open(): VerifierSequence {
		const place = this.#wasOpened || !this.#place?.member.takesEdits ? this.#move() : this.#place;
		this.#wasOpened = true;
		return place.member.open(place.holding);
	}

	release(): void {
		this.#pool.settled(this, this.#leave());
	}

	#move() {
		const left = this.#leave();
		const member = this.#pool.placeAgain(this);
		this.#place = {member, holding: member.hold(this.#numTokens)};
		this.#pool.settled(this, left);
		return this.#place;
	}

	#leave(): PoolMember | undefined {
		const {member, holding} = this.#place ?? {};
		if (member && holding) {
			this.#numTokens = Math.max(this.#numTokens, holding.cached);
			this.#place = undefined;
			member.release(holding);
		}

		return member;
	}
}
