import type {Verifier, VerifierSequence} from '../../src/speculation/verifier.ts';

/** Holds the passes of another verifier back while its gate is closed. */
export class GatedVerifier implements Verifier {
	readonly #verifier: Verifier;
	#opened = Promise.resolve();
	#open = () => {};

	constructor(verifier: Verifier) {
		this.#verifier = verifier;
	}

	closeGate(): void {
		this.#opened = new Promise(resolve => {
			this.#open = resolve;
		});
	}

	openGate(): void {
		this.#open();
	}

	open(): VerifierSequence {
		const sequence = this.#verifier.open();
		return {
			verify: async (step, signal) => {
				await this.#opened;
				return sequence.verify(step, signal);
			},
			end: () => sequence.end(),
		};
	}
}
