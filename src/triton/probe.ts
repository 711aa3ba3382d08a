import type {Verifier, VerifyStep} from '../speculation/verifier.ts';

/** Far longer than a pass of a busy model, and no more than an edit waits for one that works. */
export const probeTimeoutMs = 30_000;

/** Asks for the token behind this one: the smallest real step there is. */
const probeStep: VerifyStep = {keepLength: 0, adoptBranch: 0, prefix: [0], branches: []};

/**
 * Lets the model answer one tiny step: Triton says that a model is ready also where its process is gone or its GPU
 * is in error.
 * @throws whatever the step fails with
 */
export async function probe(verifier: Verifier, signal: AbortSignal): Promise<void> {
	const sequence = verifier.open();
	try {
		await sequence.verify(probeStep, signal);
	} finally {
		await sequence.end();
	}
}
