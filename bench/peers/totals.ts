import {sum} from '../sum.ts';

/** What one program did in one run of one edit. */
export interface Measured {
	readonly tokens: readonly number[];
	/** The whole edit, its prompt included. */
	readonly elapsedMs: number;
	/** Tokens behind the first ones, and the time that they took. */
	readonly decodedTokens: number;
	readonly decodeMs: number;
}

/** One program over all edits and rounds. */
export interface PeerRow {
	readonly name: string;
	readonly hasDrafts: boolean;
	/** Of whole edits, prompts included. */
	readonly tokensPerSecond: number;
	/** Without the time to the first token. */
	readonly decodeTokensPerSecond: number;
	/** Share of runs whose tokens are those of Redraft; null where they were not compared. */
	readonly equalShare: number | null;
}

/** Runs of one program, added up. */
export class Totals {
	readonly #hasDrafts: boolean;
	readonly #runs: (Measured & {readonly isEqual: boolean})[] = [];

	constructor(hasDrafts: boolean) {
		this.#hasDrafts = hasDrafts;
	}

	/** @param expected tokens that Redraft wrote */
	add(run: Measured, expected: readonly number[]): void {
		this.#runs.push({...run, isEqual: String(run.tokens) === String(expected)});
	}

	row(name: string): PeerRow {
		const runs = this.#runs;
		return {
			name,
			hasDrafts: this.#hasDrafts,
			tokensPerSecond: perSecond(
				sum(runs, run => run.tokens.length),
				sum(runs, run => run.elapsedMs),
			),
			decodeTokensPerSecond: perSecond(
				sum(runs, run => run.decodedTokens),
				sum(runs, run => run.decodeMs),
			),
			equalShare: runs.filter(run => run.isEqual).length / runs.length,
		};
	}
}

const perSecond = (count: number, ms: number) => (1000 * count) / ms;
