/** A prompt to be answered greedily. */
export interface PeerRequest {
	readonly prompt: readonly number[];
	/** Tokens to write, exactly so many. */
	readonly numTokens: number;
}

export interface PeerRun {
	readonly tokens: readonly number[];
	/** The whole request, its prompt included. */
	readonly elapsedMs: number;
}

/** A program that decodes with the same weights. */
export interface Peer {
	readonly name: string;
	run(request: PeerRequest): Promise<PeerRun>;
	stop(): Promise<void>;
}
