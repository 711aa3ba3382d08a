import {addOperation, type LineOperation} from './line-operation.ts';
import {MatchingRuns} from './matching-runs.ts';
import {OriginalLines, splitLines} from './original-lines.ts';

/**
 * The difference between an original and an output that is still being written, as operations that are never taken
 * back. It reads text alone, so it holds for any output.
 *
 * A line goes out once it is complete. One that the original has at its next place is kept, one that it has nowhere
 * behind that place is inserted. One that it has further on is held until the lines after it tell whether the
 * output goes on there, which leaves out what lies between: as many matching lines as would be left out, of which
 * one that is unique in the original counts four, are enough. After 16 lines it is decided in any case. Each
 * character is read once.
 */
export class LineDiff {
	readonly #lines: OriginalLines;
	readonly #runs: MatchingRuns;
	/** First line of the original that is not kept or deleted yet. */
	#next = 0;
	/** Of the line that is being written. */
	#unfinished = '';
	/** Lines of the output that may be lines of the original further on. */
	#held: string[] = [];
	#operations: LineOperation[] = [];

	constructor(original: string) {
		this.#lines = new OriginalLines(original);
		this.#runs = new MatchingRuns(this.#lines);
	}

	/** Operations that became certain with the next piece of the output. */
	push(piece: string): LineOperation[] {
		for (const part of splitLines(piece)) {
			this.#unfinished += part;
			if (part.endsWith('\n')) {
				this.#readLine();
			}
		}

		return this.#take();
	}

	/** The output is over: all that is left. */
	end(): LineOperation[] {
		if (this.#unfinished !== '') {
			this.#readLine();
		}

		this.#goOn(this.#runs.takeLongest() ?? {heldStart: this.#held.length, start: this.#next});
		this.#delete(this.#lines.numLines);
		return this.#take();
	}

	#readLine(): void {
		const line = this.#unfinished;
		this.#unfinished = '';
		const id = this.#lines.idOf(line);
		if (this.#held.length === 0 && id !== undefined && id === this.#lines.idAt(this.#next)) {
			this.#keep(1);
			return;
		}

		this.#held.push(line);
		this.#runs.read(id, this.#next);
		const numFree = this.#runs.numFree;
		this.#insert(numFree);
		this.#runs.release(numFree);
		const run = this.#runs.takeSure(this.#next);
		if (run) {
			this.#goOn(run);
		}
	}

	/** The lines that are held go on at a place of the original. */
	#goOn({heldStart, start}: {heldStart: number; start: number}): void {
		this.#insert(heldStart);
		this.#delete(start);
		this.#keep(this.#held.length);
		this.#held = [];
	}

	#keep(numLines: number): void {
		if (numLines > 0) {
			addOperation(this.#operations, {keepLines: numLines});
			this.#next += numLines;
		}
	}

	/** @param end first line of the original that is not deleted */
	#delete(end: number): void {
		if (end > this.#next) {
			addOperation(this.#operations, {deleteLines: end - this.#next});
			this.#next = end;
		}
	}

	/** @param numLines of those that are held */
	#insert(numLines: number): void {
		if (numLines > 0) {
			addOperation(this.#operations, {insert: this.#held.splice(0, numLines).join('')});
		}
	}

	#take(): LineOperation[] {
		const taken = this.#operations;
		this.#operations = [];
		return taken;
	}
}
