import type {OriginalLines} from './original-lines.ts';

/** Lines of the output that stand side by side in the original too, further on than where the output was. */
export interface MatchingRun {
	/** The first of them among the lines that are held. */
	readonly heldStart: number;
	/** The same line in the original. */
	readonly start: number;
	/** What the lines say for the output going on here, in lines: one that is unique in the original counts more. */
	readonly evidence: number;
}

const uniqueLineEvidence = 4;
/** Places at which the output may go on, at most: what a line of the output costs is bounded by it. */
const maxRuns = 8;
/** Enough to leave out any number of lines. No more lines than this are held. */
const maxNeeded = 16;

/** Follows the places of the original at which an output that has left it may go on. */
export class MatchingRuns {
	readonly #lines: OriginalLines;
	/** Each holds the last line that was read. */
	#runs: readonly MatchingRun[] = [];
	/** Lines that are held; runs end with the last of them. */
	#numHeld = 0;

	constructor(lines: OriginalLines) {
		this.#lines = lines;
	}

	/** Lines at the front that are part of no run: nothing of the original will stand for them. */
	get numFree(): number {
		return this.#runs.reduce((least, {heldStart}) => Math.min(least, heldStart), this.#numHeld);
	}

	/**
	 * Reads the next line of the output.
	 * @param id of the line; undefined where the original does not have it
	 * @param next first line of the original that is not kept or deleted yet
	 */
	read(id: number | undefined, next: number): void {
		const heldStart = this.#numHeld;
		this.#numHeld += 1;
		if (id === undefined) {
			this.#runs = [];
			return;
		}

		const added = this.#lines.isUnique(id) ? uniqueLineEvidence : 1;
		const lineOf = (run: MatchingRun) => run.start + heldStart - run.heldStart;
		const runs = this.#runs
			.filter(run => this.#lines.idAt(lineOf(run)) === id)
			.map(run => ({...run, evidence: run.evidence + added}));
		const followed = new Set(runs.map(lineOf));
		for (const start of this.#lines.linesOf(id, next)) {
			if (runs.length === maxRuns) {
				break;
			}

			if (!followed.has(start)) {
				runs.push({heldStart, start, evidence: added});
			}
		}

		this.#runs = runs;
	}

	/** Forgets lines at the front. */
	release(numLines: number): void {
		this.#numHeld -= numLines;
		this.#runs = this.#runs.map(run => ({...run, heldStart: run.heldStart - numLines}));
	}

	/** The run that says most, where it is enough for the lines that would be left out; all are forgotten then. */
	takeSure(next: number): MatchingRun | undefined {
		const best = this.#best((run, other) => run.evidence - other.evidence);
		return best && best.evidence >= Math.min(best.start - next, maxNeeded) ? this.#taken(best) : undefined;
	}

	/** The longest run: the output is over, and what is not kept is lost. */
	takeLongest(): MatchingRun | undefined {
		const best = this.#best((run, other) => other.heldStart - run.heldStart);
		return best && this.#taken(best);
	}

	#best(compare: (run: MatchingRun, other: MatchingRun) => number): MatchingRun | undefined {
		const [first, ...others] = this.#runs;
		const isNearer = (run: MatchingRun, other: MatchingRun) => run.start < other.start;
		return others.reduce((best, run) => {
			const difference = compare(run, best!);
			return difference > 0 || (difference === 0 && isNearer(run, best!)) ? run : best;
		}, first);
	}

	#taken(run: MatchingRun): MatchingRun {
		this.#runs = [];
		this.#numHeld = 0;
		return run;
	}
}
