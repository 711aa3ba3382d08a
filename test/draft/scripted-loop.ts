import {createDrafter} from '../../src/draft/create-drafter.ts';
import {longestAgreeing} from '../../src/speculation/agreeing-prefix.ts';
import type {Draft, Drafter} from '../../src/speculation/drafter.ts';
import {WordVocabulary} from './word-vocabulary.ts';

export const closing = '\n```';

export interface Scene {
	readonly original: string;
	readonly target: string;
	readonly update?: string;
	readonly instruction?: string;
	readonly maxTokens?: number;
	readonly maxCandidates?: number;
	/** Ids that a scripted model writes; by default those of the target. */
	readonly targetTokens?: (vocabulary: WordVocabulary) => number[];
}

export interface Run {
	readonly output: string;
	readonly numPasses: number;
	/** Best draft of each pass as text, with the text that came true. */
	readonly passes: readonly {readonly draft: string; readonly accepted: string}[];
	readonly drafts: readonly (readonly Draft[])[];
	readonly vocabulary: WordVocabulary;
	readonly drafter: Drafter;
}

/** Runs the edit loop against a model that writes the target, whatever is drafted. */
export async function runScene(scene: Scene): Promise<Run> {
	const {original, target, update, instruction, maxTokens = 64, maxCandidates = 1} = scene;
	const vocabulary = new WordVocabulary();
	const before = vocabulary.encode('File:\n```\n');
	const behind = `${closing}\n${update ?? ''}\n${instruction ?? ''}\n\`\`\`\n`;
	const prompt = [...before, ...vocabulary.encode(original + behind)];
	const start = before.length;
	const originalSpan = {
		start,
		end: prompt.length - vocabulary.encode(behind).length,
		firstCut: {token: start, line: 0},
	};
	const endToken = vocabulary.endToken;
	const drafter = await createDrafter({
		original,
		update,
		instruction,
		prompt,
		originalSpan,
		closing,
		endToken,
		vocabulary,
	});
	const tokens = scene.targetTokens?.(vocabulary) ?? [...vocabulary.encode(target + closing), endToken];
	const output: number[] = [];
	const passes: {draft: string; accepted: string}[] = [];
	const allDrafts: (readonly Draft[])[] = [];
	while (output.length < tokens.length) {
		const drafts = drafter.draft(maxTokens, maxCandidates);
		const rest = tokens.slice(output.length);
		const {numAgreeing} = longestAgreeing(
			drafts.map(draft => draft.tokens),
			() => rest,
		);
		const written = rest.slice(0, numAgreeing + 1);
		output.push(...written);
		drafter.commit({tokens: written, leftover: []});
		passes.push({draft: vocabulary.decode(drafts[0]?.tokens ?? []), accepted: vocabulary.decode(written)});
		allDrafts.push(drafts);
	}
	return {
		output: vocabulary.decode(output),
		numPasses: passes.length,
		passes,
		drafts: allDrafts,
		vocabulary,
		drafter,
	};
}
