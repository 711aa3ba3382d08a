import type {EditBackend, EditContext, EditEvent} from './edit.ts';
import type {EditRequest} from './edit-request.ts';

/** A request whose prompt is made. The model was not asked yet. */
export interface ReadRequest {
	/** Tokens that it is expected to have in the KV cache at its end. */
	readonly kvTokens: number;
	/** Events of the answer, from its start to its summary. */
	run(context: EditContext): AsyncGenerator<EditEvent, void>;
}

/** What a request is about to take of the model. */
export interface ExpectedAnswer {
	readonly promptTokens: number;
	/** Tokens of what the answer is likely to resemble: the file, or the prediction. */
	readonly similarTokens: number;
	readonly maxOutputTokens: number;
}

/**
 * An edit's answer is about as long as its file. Of 200 commits to open-source files 98.5 % are within these two, and all
 * reservations together are 1.15 times what is used; the limit that an answer gets by default is more than twice its
 * file. An answer that grows longer is not cut: what it has counts from then on, and where the cache is full indeed the
 * model refuses the step and the edit moves.
 */
const expectedGrowth = 1.25;
const spareAnswerTokens = 256;

/** Tokens of KV cache to reserve. The branches of a pass beside the first one lie behind the answer. */
export function expectedKvTokens(
	{promptTokens, similarTokens, maxOutputTokens}: ExpectedAnswer,
	{speculation}: Pick<EditRequest, 'speculation'>,
	backend: EditBackend,
): number {
	const answerTokens = Math.ceil(expectedGrowth * similarTokens) + spareAnswerTokens;
	return promptTokens + Math.min(maxOutputTokens, answerTokens) + (speculation ? branchTokens(backend) : 0);
}

/** How many tokens prompt and answer may have together, and in words what holds so many. */
export function tokenLimit(backend: EditBackend): {readonly maxTokens: number; readonly words: string} {
	const {contextTokens} = backend.model;
	const cacheTokens = Math.max(0, (backend.room?.maxTokens ?? Infinity) - branchTokens(backend));
	return cacheTokens < contextTokens
		? {maxTokens: cacheTokens, words: `the ${cacheTokens} tokens that the model's KV cache has room for`}
		: {maxTokens: contextTokens, words: `the model's ${contextTokens} tokens`};
}

function branchTokens({maxBranches, maxDraftTokens}: EditBackend): number {
	return (maxBranches - 1) * maxDraftTokens;
}
