import type {Verifier} from '../../src/speculation/verifier.ts';

/** Long prompts, one after the other, that nobody else has sent. */
export class PromptStream {
	readonly #stopped = new AbortController();
	readonly #done: Promise<void>;
	#numPrompts = 0;

	constructor(verifier: Verifier, promptTokens: number) {
		this.#done = this.#send(verifier, promptTokens);
	}

	/** Ends the stream; the prompt at hand is given up. */
	async stop(): Promise<number> {
		this.#stopped.abort();
		await this.#done;
		return this.#numPrompts;
	}

	async #send(verifier: Verifier, promptTokens: number): Promise<void> {
		while (!this.#stopped.signal.aborted) {
			const sequence = verifier.open();
			const prefix = Array.from({length: promptTokens}, (_, i) => (i * 7 + this.#numPrompts) % 1000);
			try {
				await sequence.verify({keepLength: 0, adoptBranch: 0, prefix, branches: []}, this.#stopped.signal);
				this.#numPrompts++;
			} catch (error) {
				if (!this.#stopped.signal.aborted) {
					throw error;
				}
			} finally {
				await sequence.end();
			}
		}
	}
}
