import type {Verifier} from './verifier.ts';

/** Room for one sequence at a time, kept from where it is made until `release`. */
export interface Reservation extends Verifier {
	/** Gives the room back. To be called once no sequence of it is open; safe to call twice. */
	release(): void;
}

/** How many sequences the model's side can hold, and how long they may be. */
export interface Room {
	/** Tokens that one sequence may have at most; undefined where nobody knows. */
	readonly maxTokens: number | undefined;
	/**
	 * @param numTokens that the sequence is expected to have in the KV cache at its end
	 * @returns undefined where there is no room for it now
	 */
	reserve(numTokens: number): Reservation | undefined;
}
