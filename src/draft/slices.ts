import {setImmediate as nextTurn} from 'node:timers/promises';

/** Work that may be interrupted wherever it yields. */
export type Sliced<Result> = Generator<undefined, Result, undefined>;

/** Longest stretch of work after which other edits get their turn. */
const sliceMs = 8;

/** Runs work to its end and lets the event loop turn in between, so that no edit stalls another. */
export async function runSliced<Result>(work: Sliced<Result>): Promise<Result> {
	let beganMs = performance.now();
	for (;;) {
		const {value, done} = work.next();
		if (done) {
			return value;
		}
		if (performance.now() - beganMs > sliceMs) {
			await nextTurn();
			beganMs = performance.now();
		}
	}
}

/** Runs work to its end at once. */
export function runAtOnce<Result>(work: Sliced<Result>): Result {
	for (;;) {
		const {value, done} = work.next();
		if (done) {
			return value;
		}
	}
}
