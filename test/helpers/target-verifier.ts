import {setTimeout as delay} from 'node:timers/promises';
import type {Verifier, VerifierSequence} from '../../src/speculation/verifier.ts';
import {ScriptedVerifier, scriptedModel} from './scripted-verifier.ts';

export interface TargetVerifierOptions {
	/** Tokens that the model writes behind any prompt. */
	readonly target: readonly number[];
	/** Duration of a pass. */
	readonly passMs?: number;
	/** Thrown in place of the answer to these passes, counted from 0 in each sequence. */
	readonly failures?: ReadonlyMap<number, Error>;
}

/** A scripted model that takes whatever prompt it is given first, and counts its open sequences. */
export class TargetVerifier implements Verifier {
	openSequences = 0;
	passes = 0;
	readonly #options: TargetVerifierOptions;

	constructor(options: TargetVerifierOptions) {
		this.#options = options;
	}

	open(): VerifierSequence {
		const {target, passMs = 0, failures} = this.#options;
		let sequence: VerifierSequence | undefined;
		let pass = 0;
		return {
			verify: async (step, signal) => {
				this.openSequences += sequence ? 0 : 1;
				this.passes += 1;
				sequence ??= new ScriptedVerifier(scriptedModel(step.prefix, target)).open();
				const failure = failures?.get(pass++);
				if (failure) {
					throw failure;
				}

				await delay(passMs, undefined, {signal});
				return sequence.verify(step, signal);
			},
			end: async () => {
				this.openSequences -= sequence ? 1 : 0;
				sequence = undefined;
			},
		};
	}
}
