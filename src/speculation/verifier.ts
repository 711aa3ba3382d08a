/**
 * What the edit loop needs of a model: token ids in, the model's own greedy choices out.
 * Nothing behind this interface knows text; nothing before it knows tensors.
 */

/** One verify pass over a sequence. Positions and lengths are absolute and count tokens. */
export interface VerifyStep {
	/** Cached tokens to keep; what lies behind them was rejected and is rolled back. 0 on the first step. */
	readonly keepLength: number;
	/** Which branch of the previous step the kept tokens belong to. 0 where there was one branch or none. */
	readonly adoptBranch: number;
	/** Tokens certain to stand next: the prompt on the first step, later the last emitted token. Never empty. */
	readonly prefix: readonly number[];
	/** Drafts to verify, each as a continuation of `prefix`. Empty for a plain decoding step. */
	readonly branches: readonly (readonly number[])[];
}

/** The model's greedy choice after each token of one branch. */
export interface BranchAnswer {
	/** `tokens[i]` is the argmax after the prefix and `i` tokens of the branch. Shape: (branch length + 1). */
	readonly tokens: Int32Array;
	/** Top-1 minus top-2 logit at the same positions. Shape: (branch length + 1). */
	readonly margins: Float32Array;
}

export interface VerifyAnswer {
	/** One answer per branch; exactly one where the step had no branch. */
	readonly branches: readonly BranchAnswer[];
	/** Time of the model pass itself. */
	readonly passMs: number;
	/** Time between sending the step and its answer that was not spent in the pass. */
	readonly queueMs: number;
	/** Tokens of all sequences that were packed in the same pass. */
	readonly packedTokens: number;
}

/** One edit's sequence: its KV cache lives from the first step until `end`. */
export interface VerifierSequence {
	/**
	 * @throws {SequenceLostError} the KV cache of the sequence is gone or its state is unknown
	 * @throws {UnavailableError} the model cannot be reached or is not ready
	 */
	verify(step: VerifyStep, signal: AbortSignal): Promise<VerifyAnswer>;
	/** Frees the KV cache. Safe to call twice; never throws for a sequence that is already gone. */
	end(): Promise<void>;
}

export interface Verifier {
	/** Whether a sequence that is opened now goes to a server that is not known to fail. Absent: nobody knows. */
	readonly hasTrustedServer?: boolean;
	/** A new sequence; nothing is sent before its first `verify`. */
	open(): VerifierSequence;
}
