import {longestAgreeing} from './agreeing-prefix.ts';
import type {DraftLengthPolicy} from './draft-length-policy.ts';
import type {Draft, Drafter, DraftSource} from './drafter.ts';
import type {BranchAnswer, VerifierSequence, VerifyAnswer} from './verifier.ts';

/** Where an emitted token came from: an accepted draft token's source, or the model itself. */
export type TokenSource = DraftSource | 'model';

/** Decides after each emitted token whether the answer is complete. Called once per token, in order. */
export interface StopRule {
	ends(token: number): boolean;
}

export interface EditorOptions {
	/** Token ids that the model reads before its first own token. */
	readonly prompt: readonly number[];
	readonly drafter: Drafter;
	readonly policy: DraftLengthPolicy;
	readonly stop: StopRule;
	/** Upper limit on emitted tokens, 1 or more. */
	readonly maxOutputTokens: number;
	/** Upper limit on the draft tokens of one branch, 0 or more. 0: plain greedy decoding. */
	readonly maxDraftTokens: number;
	/** Upper limit on branches in one pass, 1 or more. */
	readonly maxBranches: number;
	readonly signal: AbortSignal;
}

/** What one verify pass emitted. */
export interface EditPass {
	/** Emitted tokens: accepted draft tokens, then the model's own. Never empty. */
	readonly tokens: readonly number[];
	/** Source of each token. Same length. */
	readonly sources: readonly TokenSource[];
	/** Top-1 minus top-2 logit at each token. Same length. */
	readonly margins: readonly number[];
	/** Draft tokens sent in this pass, over all branches. */
	readonly draftTokens: number;
	/** Source of each of them. */
	readonly draftSources: readonly DraftSource[];
	/** How many of `tokens` were draft tokens. */
	readonly acceptedTokens: number;
	/** A draft was sent and the model disagreed with every branch of it at some token. */
	readonly mispredicted: boolean;
	/** The stop rule ended the edit with the last token. */
	readonly ended: boolean;
	readonly passMs: number;
	readonly queueMs: number;
}

/** A draft as it goes into a pass. */
interface Branch {
	readonly draft: Draft;
	/** The draft's tokens, as many as the policy sends. Never empty. */
	readonly tokens: readonly number[];
}

/** The branch that the model agreed with longest. */
interface Match {
	/** Index of the branch; 0 where none was sent. */
	readonly branch: number;
	readonly numAccepted: number;
	readonly answer: BranchAnswer;
}

/**
 * Greedy decoding, many tokens a pass: draft, verify, accept, realign. Yields once per verify pass. The tokens
 * of all passes, joined, are those of one-token-a-pass decoding by the same verifier, whatever the drafts hold.
 *
 * The generator sends one step at a time and does not end the sequence: its opener does.
 */
export async function* speculativeEdit(
	sequence: VerifierSequence,
	options: EditorOptions,
): AsyncGenerator<EditPass, void> {
	let prefix = options.prompt;
	let keepLength = 0;
	let adoptBranch = 0;
	let remaining = options.maxOutputTokens;
	let otherTokens = 0;
	while (remaining > 0) {
		const branches = draft(options, remaining - 1, otherTokens);
		const drafts = branches.map(branch => branch.tokens);
		const answer = await sequence.verify({keepLength, adoptBranch, prefix, branches: drafts}, options.signal);
		options.policy.observe(answer);

		const match = longestMatch(drafts, answer);
		const pass = accept(branches, match, answer, options.stop);
		realign(options.drafter, match, pass);

		keepLength += prefix.length + match.numAccepted;
		adoptBranch = match.branch;
		otherTokens = answer.packedTokens - prefix.length - pass.draftTokens;
		prefix = pass.tokens.slice(-1);
		remaining -= pass.tokens.length;
		yield pass;
		if (pass.ended) {
			return;
		}
	}
}

/** Asks the drafter for candidates and the policy how much of each is worth sending. */
function draft(
	{drafter, policy, maxDraftTokens, maxBranches}: EditorOptions,
	room: number,
	otherTokens: number,
): Branch[] {
	const maxTokens = Math.min(maxDraftTokens, room);
	if (maxTokens === 0) {
		return [];
	}

	const drafts = drafter.draft(maxTokens, maxBranches);
	const lengths = policy.choose(drafts, otherTokens);
	return drafts
		.map((draft, index) => ({
			draft,
			tokens: draft.tokens.slice(0, Math.min(lengths[index] ?? 0, maxTokens)),
		}))
		.filter(branch => branch.tokens.length > 0);
}

function longestMatch(drafts: readonly (readonly number[])[], answer: VerifyAnswer): Match {
	const {index, numAgreeing} = longestAgreeing(drafts, branch => answer.branches[branch]!.tokens);
	return {branch: index, numAccepted: numAgreeing, answer: answer.branches[index]!};
}

/**
 * Emits the accepted tokens and the model's own token behind them, token by token, up to the one that ends the
 * answer: exactly where plain decoding would have stopped.
 */
function accept(branches: readonly Branch[], match: Match, answer: VerifyAnswer, stop: StopRule): EditPass {
	const {numAccepted} = match;
	const available = match.answer.tokens.subarray(0, numAccepted + 1);
	const last = available.findIndex(token => stop.ends(token));
	const tokens = [...(last === -1 ? available : available.subarray(0, last + 1))];
	const sources = branches[match.branch]?.draft.sources ?? [];
	const draftSources = branches.flatMap(({draft, tokens}) => draft.sources.slice(0, tokens.length));
	return {
		tokens,
		sources: tokens.map((_, i) => (i < numAccepted ? sources[i]! : 'model')),
		margins: [...match.answer.margins.subarray(0, tokens.length)],
		draftTokens: draftSources.length,
		draftSources,
		acceptedTokens: Math.min(numAccepted, tokens.length),
		mispredicted: numAccepted < (branches[match.branch]?.tokens.length ?? 0) && tokens.length > numAccepted,
		ended: last !== -1,
		passMs: answer.passMs,
		queueMs: answer.queueMs,
	};
}

/** Lets the drafter find its place behind what was emitted. */
function realign(drafter: Drafter, match: Match, pass: EditPass): void {
	const leftover = [...match.answer.tokens.subarray(match.numAccepted + 1)];
	drafter.commit({tokens: pass.tokens, leftover});
}
