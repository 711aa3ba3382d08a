import {execFileSync} from 'node:child_process';
import {totalmem} from 'node:os';
import {repositoryRoot} from '../src/embedded/machine/paths.ts';
import {currentProcessor} from '../src/embedded/machine/processor.ts';

/** What figures were measured on, and when. */
export interface Machine {
	readonly processor: string;
	readonly numCores: number;
	/** Of the processor, for vectors and matrices. */
	readonly features: readonly string[];
	readonly memoryGib: number;
	/** Commit of the working tree, with `-dirty` where files differ from it. */
	readonly revision: string;
	/** Year, month and day, in UTC. */
	readonly date: string;
}

/** This machine, today. */
export function thisMachine(): Machine {
	const {model, numCores, features} = currentProcessor();
	return {
		processor: model,
		numCores,
		features,
		memoryGib: Math.round(totalmem() / 2 ** 30),
		revision: git('describe', '--always', '--dirty'),
		date: new Date().toISOString().slice(0, 10),
	};
}

/** What git prints, in this repository. */
export function git(...words: readonly string[]): string {
	return execFileSync('git', words, {cwd: repositoryRoot, encoding: 'utf8'}).trim();
}
