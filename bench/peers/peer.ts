/** A prompt to be answered greedily. */
export interface PeerRequest {
	readonly prompt: readonly number[];
	/** Tokens to write, exactly so many. */
	readonly numTokens: number;
}

export interface PeerRun {
	/** Of each request. */
	readonly tokens: readonly (readonly number[])[];
	/** From the start to the first token of any request. */
	readonly firstTokenMs: number;
	/** From the start to the last token of all, prompts included. */
	readonly elapsedMs: number;
}

/** A program that decodes with the same weights. */
export interface Peer {
	readonly name: string;
	/** Whether it guesses tokens ahead. */
	readonly hasDrafts: boolean;
	/** Most requests that it runs at once. */
	readonly maxRequests: number;
	run(requests: readonly PeerRequest[]): Promise<PeerRun>;
	stop(): Promise<void>;
}

/** A program that cannot run here. */
export interface AbsentPeer {
	readonly name: string;
	readonly reason: string;
}
