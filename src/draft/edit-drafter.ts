import {agreeingPrefix, longestAgreeing} from '../speculation/agreeing-prefix.ts';
import type {Commit, Draft, Drafter, DraftSource} from '../speculation/drafter.ts';
import {type Continuation, continuationFrom, continuationFromSeam, type Encode} from './continuation.ts';
import {AcceptanceModel, type Reference} from './tracking/acceptance.ts';
import type {Tracker} from './tracking/tracker.ts';

/** Accepted tokens of one draft after which the place it was drafted from counts as certain. */
const certainAfter = 4;
/** Chances given to the model's own argmaxes behind a rejected token, and to text that agrees in other tokens. */
const leftoverChance = 0.05;
const seamChance = 0.9;
/** Text that agrees in other tokens is as good as a match of this length. */
const seamAgreement = 8;

/** One way to go on. */
interface Candidate {
	readonly reference: Reference;
	/** Place of the prediction, or index in the context. */
	readonly at: number;
	/** Chance of the first token, by this candidate alone; and by all that begin with it together. */
	readonly own: number;
	readonly chance: number;
	/** Written out already, for a candidate that is not simply copied. */
	readonly proposal?: Proposal;
}

/** A candidate written out, one token longer than the draft made of it. */
interface Proposal {
	readonly reference: Reference;
	readonly tokens: readonly number[];
	readonly numAgreeing: number;
	readonly continuation?: Continuation;
}

/** Where the prediction stands in the context: half-open, in tokens; empty where it doesn't. */
export interface PredictionSpan {
	readonly start: number;
	readonly end: number;
}

export interface EditDrafterInputs {
	readonly tracker: Tracker;
	readonly endToken: number;
	readonly encode: Encode;
	readonly span: PredictionSpan;
}

/** Drafts from the prediction while it holds, and from the best of prediction and context after a mismatch. */
export class EditDrafter implements Drafter {
	readonly #tracker: Tracker;
	readonly #endToken: number;
	readonly #encode: Encode;
	readonly #span: PredictionSpan;
	readonly #acceptance = new AcceptanceModel();
	#proposals: readonly Proposal[] = [];
	#leftover: readonly number[] = [];

	constructor({tracker, endToken, encode, span}: EditDrafterInputs) {
		this.#tracker = tracker;
		this.#endToken = endToken;
		this.#encode = encode;
		this.#span = span;
	}

	draft(maxTokens: number, maxCandidates: number): readonly Draft[] {
		const candidates = this.#candidates(maxTokens + 1).slice(0, maxCandidates);
		this.#proposals = candidates.map(candidate => this.#write(candidate, maxTokens + 1));
		return this.#proposals.flatMap((proposal, index) => {
			const length = Math.min(maxTokens, proposal.tokens.length);
			return length > 0 ? [this.#toDraft(proposal, candidates[index]!.chance, length)] : [];
		});
	}

	commit({tokens, leftover}: Commit): void {
		const {proposal, numAgreed} = this.#bestAgreeing(tokens);
		let next = 0;
		if (proposal) {
			this.#acceptance.observe(
				proposal.reference,
				proposal.numAgreeing,
				numAgreed,
				numAgreed < tokens.length,
			);
			if (proposal.continuation) {
				next = this.#accept(proposal.continuation, tokens, numAgreed);
			}
		}
		for (; next < tokens.length; next++) {
			const isMatched = proposal?.reference === 'context' && next < numAgreed;
			this.#tracker.push(tokens[next]!, isMatched ? proposal.numAgreeing + next : undefined);
		}
		this.#leftover = this.#plausibleLeftover(leftover, proposal, numAgreed);
	}

	/** All ways to go on with distinct first tokens, likeliest first. */
	#candidates(limit: number): Candidate[] {
		const {alignment, prediction} = this.#tracker;
		if (alignment.isLocked) {
			const {place} = alignment;
			return place < prediction.length ? [{reference: 'prediction', at: place, own: 1, chance: 1}] : [];
		}
		const byToken = new Map<number, Candidate>();
		const add = (token: number, candidate: Candidate) => {
			const known = byToken.get(token);
			const better = known && known.own >= candidate.own ? known : candidate;
			byToken.set(token, {...better, chance: (known?.chance ?? 0) + candidate.chance});
		};
		for (const {place, chance} of alignment.arrivals()) {
			add(prediction.tokens[place]!, {reference: 'prediction', at: place, own: chance, chance});
		}
		const {insertionChance} = alignment;
		for (const match of this.#tracker.context.matches()) {
			const chance = match.chance * insertionChance;
			add(match.token, {...this.#locate(match.at), own: chance, chance});
		}
		for (const candidate of this.#special(limit)) {
			add(candidate.proposal!.tokens[0]!, candidate);
		}
		return [...byToken.values()].sort((left, right) => right.chance - left.chance);
	}

	#special(limit: number): Candidate[] {
		const candidates: Candidate[] = [];
		const offer = (own: number, proposal: Proposal) => {
			if (proposal.tokens.length > 0) {
				candidates.push({reference: proposal.reference, at: -1, own, chance: own, proposal});
			}
		};
		offer(leftoverChance, {reference: 'context', tokens: this.#leftover, numAgreeing: 0});
		const seam = this.#tracker.seam();
		if (seam !== undefined && seam < this.#tracker.prediction.text.length) {
			const continuation = continuationFromSeam(this.#tracker.prediction, seam, limit, this.#encode);
			offer(seamChance, {
				reference: 'prediction',
				tokens: continuation.tokens,
				numAgreeing: seamAgreement,
				continuation,
			});
		}
		return candidates;
	}

	/** A match inside of the prompt's prediction is a place of the prediction, which knows how the file ends. */
	#locate(at: number): {reference: Reference; at: number} {
		const {start, end} = this.#span;
		return at >= start && at < end ? {reference: 'prediction', at: at - start} : {reference: 'context', at};
	}

	#write({reference, at, proposal}: Candidate, limit: number): Proposal {
		const {context, prediction, renames} = this.#tracker;
		if (proposal) {
			return proposal;
		}
		if (reference === 'context') {
			return {reference, tokens: this.#copyContext(at, limit), numAgreeing: context.agreementAt(at)};
		}
		const end = Math.min(prediction.length, at + limit);
		const sites = renames.sites(at, end, this.#tracker.guessesAt(at));
		const continuation = continuationFrom(prediction, at, limit, sites, this.#encode);
		return {reference, tokens: continuation.tokens, numAgreeing: this.#tracker.agreementAt(at), continuation};
	}

	/** What followed the match; where it runs into the output's end, the match repeats itself. */
	#copyContext(at: number, limit: number): number[] {
		const {context} = this.#tracker;
		const tokens: number[] = [];
		for (let index = at; tokens.length < limit; index++) {
			const token = index < context.length ? context.at(index) : tokens[index - context.length]!;
			tokens.push(token);
			if (token === this.#endToken) {
				break;
			}
		}
		return tokens;
	}

	#toDraft({reference, tokens, numAgreeing, continuation}: Proposal, chance: number, length: number): Draft {
		const {alignment, prediction} = this.#tracker;
		const first = alignment.isLocked ? undefined : Math.min(1, chance);
		const sources = Array.from({length}, (_, index): DraftSource => {
			if (!continuation) {
				return 'context';
			}
			const place = continuation.places[index]!;
			return place === -1 ? 'context' : prediction.sourceOf(place);
		});
		return {
			tokens: tokens.slice(0, length),
			sources,
			acceptance: this.#acceptance.estimate(reference, first, numAgreeing, length),
		};
	}

	#bestAgreeing(tokens: readonly number[]): {proposal: Proposal | undefined; numAgreed: number} {
		const drafts = this.#proposals.map(proposal => proposal.tokens);
		const {index, numAgreeing} = longestAgreeing(drafts, () => tokens);
		return {proposal: this.#proposals[index], numAgreed: numAgreeing};
	}

	/** Moves on along an accepted continuation and tells its renames how they fared. Returns the tokens taken. */
	#accept({places, renames}: Continuation, tokens: readonly number[], numAgreed: number): number {
		for (const [index, rename] of renames) {
			if (index < numAgreed && renames.get(index + 1) !== rename) {
				rename.numSeen++;
			}
			if (index === numAgreed && numAgreed < tokens.length) {
				rename.numKept++;
			}
		}
		if (!this.#tracker.alignment.isLocked && numAgreed < certainAfter) {
			return 0;
		}
		let taken = numAgreed;
		while (taken > 0 && places[taken] === -1) {
			taken--;
		}
		if (taken > 0) {
			this.#tracker.jump(tokens.slice(0, taken), places[taken]!);
		}
		return taken;
	}

	/**
	 * The model's argmaxes behind the rejected token, as far as they belong together: each was conditioned on the draft, so
	 * the first that differs from the draft is the last that can be used.
	 */
	#plausibleLeftover(
		leftover: readonly number[],
		proposal: Proposal | undefined,
		numAgreed: number,
	): number[] {
		if (!proposal) {
			return [];
		}
		return leftover.slice(0, agreeingPrefix(leftover, proposal.tokens.slice(numAgreed + 1)) + 1);
	}
}
