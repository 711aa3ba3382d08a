import {defaultTuning, type Tuning} from '../../src/draft/tuning.ts';
import type {LoadedModel} from '../../src/model/loaded-model.ts';
import {replay} from './replay.ts';
import {redraftRule} from './rules/redraft.ts';
import type {DiffedEdit} from './scores.ts';

/** Edits replayed per value, evenly spread over the input. */
const maxEdits = 40;
const factors = [0.5, 1, 2] as const;

/** Tokens per pass with one constant at half, at once and at double its value. */
export interface SensitivityRow {
	readonly constant: string;
	readonly value: number;
	readonly tokensPerPass: readonly number[];
}

export async function measureSensitivity(
	edits: readonly DiffedEdit[],
	model: LoadedModel,
	maxDraftTokens: number,
): Promise<SensitivityRow[]> {
	const step = Math.max(1, Math.ceil(edits.length / maxEdits));
	const sample = edits.filter((_, index) => index % step === 0);
	const measure = async (tuning: Partial<Tuning>) => {
		const rule = redraftRule('redraft', {maxCandidates: 2, tuning});
		let numTokens = 0;
		let numPasses = 0;
		for (const {edit, expect} of sample) {
			const result = replay(await rule.start({edit, maxDraftTokens, model}), edit, expect, []);
			numTokens += result.numTokens;
			numPasses += result.numPasses;
		}
		return numTokens / numPasses;
	};
	const unchanged = await measure({});
	const rows: SensitivityRow[] = [];
	for (const [constant, value] of Object.entries(defaultTuning)) {
		const tokensPerPass: number[] = [];
		for (const factor of factors) {
			tokensPerPass.push(factor === 1 ? unchanged : await measure({[constant]: scaled(value, factor)}));
		}
		rows.push({constant, value, tokensPerPass});
	}
	return rows;
}

/** A share near one is moved towards or away from one; everything else is multiplied. */
function scaled(value: number, factor: number): number {
	return value > 0.5 && value < 1 ? 1 - (1 - value) / factor : value * factor;
}
