import type {Verifier, VerifierSequence, VerifyAnswer, VerifyStep} from '../../src/speculation/verifier.ts';
import {SequenceLostError} from '../../src/speculation/verifier-errors.ts';

/** Next token of a model, given all tokens before it. */
export type GreedyModel = (context: readonly number[]) => number;

/**
 * A model that writes `target` behind `prompt` whatever the drafts say. Off its path (behind a wrong draft
 * token) it answers noise that depends on the context, as a real model would.
 */
export function scriptedModel(prompt: readonly number[], target: readonly number[]): GreedyModel {
	const path = [...prompt, ...target];
	return context => {
		const isOnPath = context.every((token, i) => token === path[i]);
		return isOnPath
			? (path[context.length] ?? 0)
			: (context.reduce((hash, token) => (hash * 31 + token) % 97, 7) + 1) % 50;
	};
}

/** Keeps a KV cache of plain tokens and checks every length against it, so that a wrong rollback is seen. */
export class ScriptedVerifier implements Verifier {
	readonly steps: VerifyStep[] = [];
	ended = 0;
	opened = 0;
	/** Loses the cache before these steps, counted from 0 over all sequences. */
	readonly losesAt: ReadonlySet<number>;
	readonly #model: GreedyModel;

	constructor(model: GreedyModel, losesAt: readonly number[] = []) {
		this.#model = model;
		this.losesAt = new Set(losesAt);
	}

	open(): VerifierSequence {
		this.opened += 1;
		let base: number[] = [];
		let branches: readonly (readonly number[])[] = [];
		let isLost = false;
		return {
			verify: async step => {
				isLost ||= this.losesAt.has(this.steps.length);
				this.steps.push(step);
				if (isLost) {
					throw new SequenceLostError('lost by the test', 'lost');
				}

				base = [...keep(base, branches, step), ...step.prefix];
				branches = step.branches;
				return this.#answer(base, step);
			},
			end: async () => {
				this.ended += 1;
			},
		};
	}

	#answer(base: readonly number[], step: VerifyStep): VerifyAnswer {
		const branches = step.branches.length === 0 ? [[]] : step.branches;
		return {
			branches: branches.map(branch => ({
				tokens: Int32Array.from([0, ...branch], (_, i) => this.#model([...base, ...branch.slice(0, i)])),
				margins: new Float32Array(branch.length + 1).fill(1),
			})),
			passMs: 1,
			queueMs: 0,
			packedTokens: step.prefix.length + step.branches.flat().length,
		};
	}
}

function keep(base: readonly number[], branches: readonly (readonly number[])[], step: VerifyStep): number[] {
	const cached = [...base, ...(branches[step.adoptBranch] ?? [])];
	if (step.keepLength > cached.length || step.keepLength < base.length || step.prefix.length === 0) {
		throw new Error(
			`step keeps ${step.keepLength} of ${base.length}–${cached.length} tokens, prefix ${step.prefix.length}`,
		);
	}

	return cached.slice(0, step.keepLength);
}
