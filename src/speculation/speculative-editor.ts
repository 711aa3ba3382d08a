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
	/** How many of `tokens` were draft tokens. */
	readonly acceptedTokens: number;
	/** A draft was sent and the model disagreed with every branch of it at some token. */
	readonly mispredicted: boolean;
	/** The stop rule ended the edit with the last token. */
	readonly ended: boolean;
	readonly passMs: number;
	readonly queueMs: number;
}

/** A draft as it goes into a pass: cut to its chunk, with its place in the drafter's list. */
interface Branch {
	readonly index: number;
	readonly draft: Draft;
	readonly chunk: readonly number[];
}

/** The branch that the model agreed with longest. */
interface Match {
	readonly sent: number;
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
		const chunks = branches.map(branch => branch.chunk);
		const answer = await sequence.verify({keepLength, adoptBranch, prefix, branches: chunks}, options.signal);
		options.policy.observe(answer);

		const match = longestMatch(chunks, answer);
		const pass = accept(branches, match, answer, options.stop);
		realign(options.drafter, branches, match, pass);

		keepLength += prefix.length + match.numAccepted;
		adoptBranch = match.sent;
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
			index,
			draft,
			chunk: draft.tokens.slice(0, Math.min(lengths[index] ?? 0, maxTokens)),
		}))
		.filter(branch => branch.chunk.length > 0);
}

/** Of several branches the one with the longest agreeing prefix; the earlier one where they tie. */
function longestMatch(chunks: readonly (readonly number[])[], answer: VerifyAnswer): Match {
	let best: Match = {sent: 0, numAccepted: 0, answer: answer.branches[0]!};
	for (const [sent, chunk] of chunks.entries()) {
		const branch = answer.branches[sent]!;
		const mismatch = chunk.findIndex((token, i) => token !== branch.tokens[i]);
		const numAccepted = mismatch === -1 ? chunk.length : mismatch;
		if (numAccepted > best.numAccepted) {
			best = {sent, numAccepted, answer: branch};
		}
	}

	return best;
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
	const sources = branches[match.sent]?.draft.sources ?? [];
	return {
		tokens,
		sources: tokens.map((_, i) => (i < numAccepted ? sources[i]! : 'model')),
		margins: [...match.answer.margins.subarray(0, tokens.length)],
		draftTokens: branches.reduce((sum, branch) => sum + branch.chunk.length, 0),
		acceptedTokens: Math.min(numAccepted, tokens.length),
		mispredicted: numAccepted < (branches[match.sent]?.chunk.length ?? 0) && tokens.length > numAccepted,
		ended: last !== -1,
		passMs: answer.passMs,
		queueMs: answer.queueMs,
	};
}

/** Lets the drafter find its place behind what was emitted. */
function realign(drafter: Drafter, branches: readonly Branch[], match: Match, pass: EditPass): void {
	drafter.commit({
		tokens: pass.tokens,
		numAccepted: pass.acceptedTokens,
		branch: branches[match.sent]?.index ?? 0,
		leftover: [...match.answer.tokens.subarray(match.numAccepted + 1)],
	});
}
